import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { decodeOpenAiError, isTold } from "../error-object.ts";
import { decodeErrorText } from "../error-text.ts";
import { membersBeside } from "../fields.ts";
import { decodeUsage } from "../token-usage.ts";

const NAMED = new Set(["id", "object", "created", "model", "choices", "usage", "service_tier"]);

/** Members of an answer or chunk that have no seat. */
export function responseExtra(wire: JsonObject): JsonObject | undefined {
  return membersBeside(wire, NAMED);
}

/** The error that stands in an answer's place. Hugging Face and servers of its kind write a text. */
export function errorInAnswer(wire: JsonObject): GatewayError | undefined {
  if (isJsonObject(wire.error)) return decodeOpenAiError(200, wire);
  return typeof wire.error === "string" ? decodeErrorText(200, wire) : undefined;
}

/**
 * The error that a choice ended with: OpenRouter's own member of it, or the bare finish reason, which
 * Mistral has too.
 */
export function errorInChoice(wire: JsonObject): GatewayError | undefined {
  if (isTold(wire.error)) return decodeOpenAiError(200, { error: wire.error });
  if (wire.finish_reason !== "error") return undefined;
  return new GatewayError("upstream_error", "the upstream ended its answer with an error");
}

type ResponseHead = Omit<ChatResponse, "choices">;

/**
 * All of an answer but its choices. The tier is told with the usage that it prices, so it counts
 * as extra only where there is no usage.
 */
export function decodeResponseHead(wire: JsonObject, format: string): ResponseHead {
  const usage = isJsonObject(wire.usage) ? decodeUsage(wire.usage, wire.service_tier) : undefined;
  const unseated = responseExtra(wire);
  const tier = usage ? undefined : wire.service_tier;
  const extra = typeof tier === "string" ? { ...unseated, service_tier: tier } : unseated;
  const head: { -readonly [Name in keyof ResponseHead]: ResponseHead[Name] } = {
    id: typeof wire.id === "string" ? wire.id : "",
    model: typeof wire.model === "string" ? wire.model : "",
  };
  if (typeof wire.created === "number" && wire.created > 0) head.created = wire.created;
  if (usage) head.usage = usage;
  if (extra) {
    head.extra = extra;
    head.extraFormat = format;
  }
  return head;
}

/** The objects among an answer's `choices`, by their index. */
export function sortedChoices(choices: readonly Json[]): JsonObject[] {
  const objects = choices.filter(isJsonObject);
  if (objects.length < 2) return objects;
  return objects.sort((a, b) => Number(a.index ?? 0) - Number(b.index ?? 0) || 0);
}
