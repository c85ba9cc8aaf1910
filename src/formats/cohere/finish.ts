import type { FinishReason } from "../../chat/event.ts";
import type { Json } from "../../chat/json.ts";

/** https://docs.cohere.com/reference/chat; the `ERROR_*` words are the first API's. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  USER_CANCEL: "stop",
  MAX_TOKENS: "length",
  TIMEOUT: "length",
  TOOL_CALL: "tool_calls",
  ERROR: "content_filter",
  ERROR_TOXIC: "content_filter",
  ERROR_LIMIT: "content_filter",
};

const WORDS = {
  stop: "COMPLETE",
  length: "MAX_TOKENS",
  tool_calls: "TOOL_CALL",
  content_filter: "ERROR",
} as const satisfies Record<FinishReason, string>;

export interface CohereFinish {
  readonly reason: FinishReason;
  readonly raw?: string;
}

/** A missing or unknown word means that the model stopped by itself. */
export function decodeCohereFinish(word: Json | undefined, hasToolCalls: boolean): CohereFinish {
  if (typeof word !== "string") return { reason: hasToolCalls ? "tool_calls" : "stop" };
  const known = REASONS[word] ?? (word.startsWith("ERROR") ? "content_filter" : "stop");
  const reason = known === "stop" && hasToolCalls ? "tool_calls" : known;
  return { reason, raw: word };
}

/** Cohere's own word where the answer came from Cohere, else its word for the reason. */
export function encodeCohereFinish(reason: FinishReason, raw: string | undefined): string {
  if (raw !== undefined && Object.hasOwn(REASONS, raw)) return raw;
  return WORDS[reason];
}
