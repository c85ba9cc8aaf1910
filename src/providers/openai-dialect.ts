import type { JsonObject } from "../chat/json.ts";
import { openaiChat } from "../formats/openai-chat/format.ts";
import { openaiCompletions } from "../formats/openai-completions/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { type CallIds, withCallIds } from "./call-ids.ts";
import { rejectsSampling, tokenCapMember } from "./model-families.ts";
import type { Operation } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

/** https://platform.openai.com/docs/api-reference */
export const OPENAI_PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/v1/chat/completions",
  "llm/v1/completions": "/v1/completions",
  "llm/v1/embeddings": "/v1/embeddings",
  "llm/v1/responses": "/v1/responses",
  "llm/v1/assistants": "/v1/assistants",
  "llm/v1/files": "/v1/files",
  "llm/v1/batches": "/v1/batches",
  "audio/v1/audio/speech": "/v1/audio/speech",
  "audio/v1/audio/transcriptions": "/v1/audio/transcriptions",
  "audio/v1/audio/translations": "/v1/audio/translations",
  "image/v1/images/generations": "/v1/images/generations",
  "image/v1/images/edits": "/v1/images/edits",
  "video/v1/videos/generations": "/v1/videos",
  "realtime/v1/realtime": "/v1/realtime",
};

export function openAiFormat(routeType: RouteType): WireFormat | undefined {
  return routeType === "llm/v1/completions" ? openaiCompletions : openAiChatFormat(routeType);
}

/** For vendors without the legacy completions. */
export function openAiChatFormat(routeType: RouteType): WireFormat | undefined {
  return routeType === "llm/v1/chat" ? openaiChat : undefined;
}

/** A longer one is refused (`string_above_max_length`); some vendors make them longer. */
const CALL_IDS: CallIds = {
  accepted: /^.{0,40}$/s,
  made: (digits) => `call_${digits.slice(0, 32)}`,
};

/** For OpenAI's own models, wherever they run: no top_k, and what a model's family does not take. */
export function adaptForOpenAiModels(wire: JsonObject, operation: Operation): JsonObject {
  if (!isText(operation)) return wire;
  const { model } = operation;
  const sampling = rejectsSampling(model) ? SAMPLING : TOP_K;
  const adapted = without(wire, sampling);
  return operation.routeType === "llm/v1/chat"
    ? withCallIds(withTokenCap(adapted, tokenCapMember(model)), CALL_IDS)
    : adapted;
}

/** For vendors that know only `max_tokens`. */
export function adaptTokenCap(wire: JsonObject, operation: Operation): JsonObject {
  if (!isText(operation)) return wire;
  const adapted = rejectsSampling(operation.model) ? without(wire, SAMPLING) : wire;
  return withTokenCap(adapted, "max_tokens");
}

/** Where some vendors' answers carry reasoning; OpenAI and most others refuse it in a request. */
export const REASONING_MEMBERS: readonly string[] = ["reasoning_content", "reasoning_details"];

export const TOP_K = ["top_k"];
export const SAMPLING = ["temperature", "top_p", "top_k"];

/** Whether the body is a request for text in the dialect at hand, rather than passed through. */
export function isText({ routeType }: Operation): boolean {
  return routeType === "llm/v1/chat" || routeType === "llm/v1/completions";
}

/** One cap under the right name; where two are there, the smaller holds. */
function withTokenCap(
  wire: JsonObject,
  member: "max_tokens" | "max_completion_tokens",
): JsonObject {
  const other = member === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  if (wire[other] === undefined) return wire;
  const { [other]: moved, ...rest } = wire;
  const kept = rest[member];
  if (kept === undefined || kept === null) return { ...rest, [member]: moved };
  if (typeof kept !== "number" || typeof moved !== "number") return rest;
  return { ...rest, [member]: Math.min(kept, moved) };
}

/** `wire` without these members; `wire` itself when it has none of them. */
export function without(wire: JsonObject, members: readonly string[]): JsonObject {
  if (!hasAny(wire, members)) return wire;
  return Object.fromEntries(Object.entries(wire).filter(([member]) => !members.includes(member)));
}

function hasAny(wire: JsonObject, members: readonly string[]): boolean {
  for (const member of members) if (member in wire) return true;
  return false;
}
