import type { FinishReason } from "../../../chat/event.ts";
import type { AnswerContext } from "../../wire-format.ts";

/**
 * OpenAI's words are the canonical ones; `function_call` is the retired one. Compatible servers say
 * others: `eos` (Together), `model_length` (Mistral), `end_turn` (proxied Claude). An unknown word
 * means that the model stopped by itself.
 */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["stop", "stop"],
  ["eos", "stop"],
  ["end_turn", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["tool_calls", "tool_calls"],
  ["tool_use", "tool_calls"],
  ["function_call", "tool_calls"],
  ["content_filter", "content_filter"],
  ["safety", "content_filter"],
  ["refusal", "content_filter"],
]);

export interface Finish {
  readonly reason: FinishReason;
  readonly raw?: string;
}

/**
 * `raw` is there only where the vendor's word is another than ours. A forced tool call ends with
 * `stop` on OpenAI (https://platform.openai.com/docs/guides/function-calling): the calls say more.
 */
export function decodeFinish(word: string, native: unknown, hasToolCalls: boolean): Finish {
  const known = REASONS.get(word) ?? REASONS.get(word.toLowerCase()) ?? "stop";
  const reason = known === "stop" && hasToolCalls ? "tool_calls" : known;
  const raw = typeof native === "string" ? native : word;
  return raw === reason ? { reason } : { reason, raw };
}

/** The word for a client: the canonical ones are OpenAI's, but for the retired one. */
export function encodeFinish(reason: FinishReason, { oldFunctionCalls }: AnswerContext): string {
  return oldFunctionCalls && reason === "tool_calls" ? "function_call" : reason;
}
