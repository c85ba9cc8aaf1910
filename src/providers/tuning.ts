import type { Json, JsonObject } from "../chat/json.ts";
import type { RequestPatch } from "../formats/wire-format.ts";
import { operationOf } from "./operations.ts";
import type { Invocation, ModelOptions } from "./provider.ts";

type Tuning = Pick<RequestPatch, "maxTokens" | "temperature" | "topP" | "topK">;

/**
 * What the configured options change in a request. `requested` gives the client's own values; it is
 * asked only where they count, by whose word `precedence` gives. Under `request` the configured cap on tokens still holds.
 */
export function tuningPatch(
  options: ModelOptions,
  precedence: "config" | "request",
  requested: () => Tuning,
): Tuning {
  const configured = configuredTuning(options);
  if (precedence === "config" || Object.keys(configured).length === 0) return configured;
  const own = requested();
  const { maxTokens, temperature, topP, topK } = configured;
  return {
    ...(maxTokens !== undefined && { maxTokens: Math.min(maxTokens, own.maxTokens ?? maxTokens) }),
    ...(own.temperature === undefined && temperature !== undefined && { temperature }),
    ...(own.topP === undefined && topP !== undefined && { topP }),
    ...(own.topK === undefined && topK !== undefined && { topK }),
  };
}

function configuredTuning({ max_tokens, temperature, top_p, top_k }: ModelOptions): Tuning {
  const tuning: { -readonly [Name in keyof Tuning]: Tuning[Name] } = {};
  if (max_tokens !== undefined) tuning.maxTokens = max_tokens;
  if (temperature !== undefined) tuning.temperature = temperature;
  if (top_p !== undefined) tuning.topP = top_p;
  if (top_k !== undefined) tuning.topK = top_k;
  return tuning;
}

/**
 * What the configuration says about a body that is passed through (embeddings, images, audio, …):
 * the selected model and the vector length hold, `seconds` and `size` fill in. `wire` itself when
 * nothing changes.
 */
export function withBodyDefaults(wire: JsonObject, invocation: Invocation): JsonObject {
  const changes = { ...modelMember(wire, invocation), ...optionMembers(wire, invocation) };
  return Object.keys(changes).length === 0 ? wire : { ...wire, ...changes };
}

function modelMember(wire: JsonObject, { model }: Invocation): JsonObject {
  return model === "" || wire["model"] === model ? {} : { model };
}

function optionMembers(wire: JsonObject, { routeType, options }: Invocation): JsonObject {
  const members: Record<string, Json> = {};
  for (const { option, member, wins } of operationOf(routeType).defaults ?? []) {
    const value = options[option];
    if (value === undefined) continue;
    if (wins === "config" || wire[member] === undefined) members[member] = value;
  }
  return members;
}
