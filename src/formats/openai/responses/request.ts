import { isJsonObject, type Json, type JsonObject, unlessEmpty } from "../../../chat/json.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest, ReasoningRequest, ResponseFormat } from "../../../chat/request.ts";
import {
  changesStream,
  invalidField,
  membersBeside,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredObject,
  requiredString,
  withChanges,
} from "../../fields.ts";
import { leftovers } from "../../leftovers.ts";
import type { RequestPatch } from "../../wire-format.ts";
import { seated } from "../options.ts";
import { checkItems, decodeInput } from "./items.ts";
import { checkToolChoice, decodeToolChoice, decodeTools, toolsIn } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

const EFFORTS: ReadonlySet<string> = new Set([
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
] satisfies NonNullable<ReasoningRequest["effort"]>[]);

/** https://platform.openai.com/docs/api-reference/responses/create. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const rest = leftovers();
  optionalArray(wire, "tools", "");
  const tools = toolsIn(wire);
  const choice = wire.tool_choice;
  const text = optionalObject(wire, "text", "") ?? {};
  const format = optionalObject(text, "format", "text");
  const reasoning = decodeReasoning(optionalObject(wire, "reasoning", "") ?? {});
  const stream = optionalBoolean(wire, "stream", "") ?? false;
  const logprobs = optionalInteger(wire, "top_logprobs", "");
  const messages = [...instructionsOf(wire), ...decodeInput(wire.input, rest)];
  const verbosity = typeof text.verbosity === "string" && { text: { verbosity: text.verbosity } };
  const extra = unlessEmpty({ ...membersBeside(wire, SEATED), ...verbosity, ...rest.all() });
  return {
    kind: "chat",
    model: optionalString(wire, "model", "") ?? "",
    messages,
    ...(tools.length > 0 && { tools: decodeTools(tools, "tools") }),
    ...(choice !== undefined && choice !== null && { toolChoice: decodeToolChoice(choice) }),
    ...seated("parallelToolCalls", optionalBoolean(wire, "parallel_tool_calls", "")),
    ...(format && { responseFormat: decodeFormat(format) }),
    ...(reasoning && { reasoning }),
    ...seated("maxTokens", optionalInteger(wire, "max_output_tokens", "")),
    ...seated("temperature", optionalNumber(wire, "temperature", "")),
    ...seated("topP", optionalNumber(wire, "top_p", "")),
    ...(logprobs !== undefined && logprobs > 0 && { logprobs: { top: logprobs } }),
    ...seated("user", optionalString(wire, "user", "")),
    ...seated("serviceTier", optionalString(wire, "service_tier", "")),
    stream,
    // A stream of this dialect always ends with a usage report.
    ...(stream && { includeUsage: true }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function instructionsOf(wire: JsonObject): readonly Message[] {
  const text = optionalString(wire, "instructions", "");
  return text === undefined || text === ""
    ? []
    : [{ role: "system", content: [{ type: "text", text }] }];
}

function decodeFormat(wire: JsonObject): ResponseFormat {
  const at = "text.format";
  switch (requiredString(wire, "type", at)) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json" };
    case "json_schema": {
      const description = optionalString(wire, "description", at);
      const strict = optionalBoolean(wire, "strict", at);
      return {
        type: "json-schema",
        name: requiredString(wire, "name", at),
        schema: requiredObject(wire, "schema", at),
        ...(description !== undefined && { description }),
        ...(strict !== undefined && { strict }),
      };
    }
  }
  throw invalidField(`${at}.type`, "must be text, json_object or json_schema");
}

function decodeReasoning(wire: JsonObject): ReasoningRequest | undefined {
  const word = optionalString(wire, "effort", "reasoning");
  if (word !== undefined && !isEffort(word)) {
    throw invalidField("reasoning.effort", `must be one of ${[...EFFORTS].join(", ")}`);
  }
  const summary = optionalString(wire, "summary", "reasoning");
  return unlessEmpty({
    ...(word !== undefined && { effort: word }),
    ...(summary !== undefined && { includeText: true }),
  });
}

function isEffort(word: string): word is NonNullable<ReasoningRequest["effort"]> {
  return EFFORTS.has(word);
}

/** `metadata` is told back with the answer, and `include` asks for what is told anyway. */
const SEATED: ReadonlySet<string> = new Set([
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "reasoning",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_logprobs",
  "user",
  "service_tier",
  "stream",
  "stream_options",
  "metadata",
  "include",
  "client_metadata",
]);

/** Members by which a request leans on what OpenAI keeps of earlier ones. */
const STATE = ["previous_response_id", "conversation", "prompt"] as const;

/** Throws `invalid_request` for what only a vendor with Responses of its own can do. */
export function checkTranslatable(wire: JsonObject): void {
  for (const member of STATE) {
    if (!isTold(wire[member])) continue;
    throw invalidField(member, "is not supported by this target; resend the conversation");
  }
  if (wire.background === true) {
    throw invalidField("background", "is not supported by this target; ask without it, and stream");
  }
  checkItems(wire);
  checkToolChoice(wire);
}

function isTold(value: Json | undefined): boolean {
  return (typeof value === "string" && value !== "") || isJsonObject(value);
}

export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const changes: Record<string, Json> = {};
  if (patch.model !== undefined) changes["model"] = patch.model;
  if (patch.maxTokens !== undefined) changes["max_output_tokens"] = patch.maxTokens;
  if (patch.temperature !== undefined) changes["temperature"] = patch.temperature;
  if (patch.topP !== undefined) changes["top_p"] = patch.topP;
  if (changesStream(wire, patch)) changes["stream"] = patch.stream === true;
  return withChanges(wire, changes);
}
