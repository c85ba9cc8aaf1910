import type { FinishReason } from "../../../chat/event.ts";

/** https://platform.claude.com/docs/en/api/messages */
export const FORMAT_NAME = "anthropic-messages";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode anthropic response";

/**
 * The tool that stands for a JSON answer on models without structured output. What the model calls
 * it with is the answer's text, so no client may have a tool of this name.
 */
export const JSON_TOOL = "json_output";

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const REASONS = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
} as const satisfies Record<string, FinishReason>;

const WORDS = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
} as const satisfies Record<FinishReason, keyof typeof REASONS>;

function isWord(word: string): word is keyof typeof REASONS {
  return Object.hasOwn(REASONS, word);
}

/** An unknown word means that the model stopped by itself. A call that was the JSON answer is none. */
export function decodeFinish(word: string, onlyJsonCalls: boolean): FinishReason {
  const reason = isWord(word) ? REASONS[word] : "stop";
  return reason === "tool_calls" && onlyJsonCalls ? "stop" : reason;
}

/** The vendor's own word where it is one of these and says the same. */
export function encodeFinish(reason: FinishReason, raw: string | undefined): string {
  return raw !== undefined && isWord(raw) && REASONS[raw] === reason ? raw : WORDS[reason];
}
