import type { FinishReason } from "../../chat/event.ts";

/**
 * https://ai.google.dev/api/generate-content#FinishReason and `BlockedReason` beside it. A word
 * that is not here means that the model stopped by itself.
 */
const REASONS: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  MODEL_ARMOR: "content_filter",
  JAILBREAK: "content_filter",
  LANGUAGE: "stop",
  OTHER: "stop",
  MALFORMED_FUNCTION_CALL: "stop",
  UNEXPECTED_TOOL_CALL: "stop",
  TOO_MANY_TOOL_CALLS: "stop",
  NO_IMAGE: "stop",
  IMAGE_OTHER: "stop",
  CONTINUATION: "length",
};

/** Gemini says `STOP` for tool calls too. */
export function decodeFinish(word: string, hasCalls: boolean): FinishReason {
  const reason = REASONS[word] ?? "stop";
  return reason === "stop" && hasCalls ? "tool_calls" : reason;
}

const WORDS = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tool_calls: "STOP",
  content_filter: "SAFETY",
} as const satisfies Record<FinishReason, string>;

/** The vendor's own word where it is one of Gemini's for the same thing. */
export function encodeFinish(reason: FinishReason, raw: string | undefined): string {
  const known = raw === undefined ? undefined : REASONS[raw];
  const same = known === reason || (known === "stop" && reason === "tool_calls");
  return same && raw !== undefined ? raw : WORDS[reason];
}
