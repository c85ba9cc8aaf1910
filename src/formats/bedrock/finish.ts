import type { FinishReason } from "../../chat/event.ts";

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (`stopReason`).
 * A word that is not here means that the model stopped by itself.
 */
const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  malformed_model_output: "stop",
  malformed_tool_use: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
};

const WORDS = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "content_filtered",
} as const satisfies Record<FinishReason, string>;

export interface Finish {
  readonly reason: FinishReason;
  readonly raw: string;
}

/** What an answer calls says more than its word: a forced tool that held the JSON is no call. */
export function decodeFinish(word: string, hasToolCalls: boolean): Finish {
  const known = REASONS[word] ?? "stop";
  if (known === "stop" && hasToolCalls) return { reason: "tool_calls", raw: word };
  if (known === "tool_calls" && !hasToolCalls) return { reason: "stop", raw: word };
  return { reason: known, raw: word };
}

/** Bedrock's own word comes back as it was; another vendor's says too little to Bedrock's clients. */
export function encodeFinish(
  reason: FinishReason,
  raw: string | undefined,
  hasToolCalls: boolean,
): string {
  const isOwn = raw !== undefined && Object.hasOwn(REASONS, raw);
  if (isOwn && decodeFinish(raw, hasToolCalls).reason === reason) return raw;
  return WORDS[reason];
}
