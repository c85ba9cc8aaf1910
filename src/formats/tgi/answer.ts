import type { ErrorCode, GatewayError } from "../../chat/error.ts";
import type { FinishReason } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatResponse, Choice } from "../../chat/response.ts";
import type { Usage } from "../../chat/usage.ts";
import { decodeUsage } from "../token-usage.ts";

/**
 * What the answers of Text Generation Inference are made of: `generated_text`, and `details` where
 * they were asked for (https://huggingface.github.io/text-generation-inference/).
 */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["eos_token", "stop"],
  ["stop_sequence", "stop"],
  ["length", "length"],
]);

export interface TgiFinish {
  readonly reason: FinishReason;
  readonly raw?: string;
}

/** An answer without details is one that ended by itself, as far as anyone can tell. */
export function decodeTgiFinish(details: Json | undefined): TgiFinish {
  const word = isJsonObject(details) ? details.finish_reason : undefined;
  if (typeof word !== "string") return { reason: "stop" };
  const reason = REASONS.get(word) ?? "stop";
  return word === reason ? { reason } : { reason, raw: word };
}

export function encodeTgiFinish(reason: FinishReason, raw: string | undefined): string {
  if (raw !== undefined && REASONS.has(raw)) return raw;
  return reason === "length" ? "length" : "eos_token";
}

/**
 * Servers that are not quite alike put an OpenAI `usage` beside the text; else the details count. Of the
 * prompt they say something only to who asked for its tokens: without that it counts 0.
 */
export function decodeTgiUsage(wire: JsonObject, details: Json | undefined): Usage | undefined {
  if (isJsonObject(wire.usage)) return decodeUsage(wire.usage, undefined);
  if (!isJsonObject(details)) return undefined;
  const { generated_tokens: completionTokens, prefill } = details;
  const promptTokens = details.input_length ?? (Array.isArray(prefill) ? prefill.length : 0);
  if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return undefined;
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}

/** `input_length` is a streamed answer's word, and the only one there is for the prompt's length. */
export function encodeTgiDetails(
  finish: string | undefined,
  usage: Usage | undefined,
): JsonObject | undefined {
  if (finish === undefined && !usage) return undefined;
  return {
    ...(finish !== undefined && { finish_reason: finish }),
    ...(usage && {
      generated_tokens: usage.completionTokens,
      input_length: usage.promptTokens,
    }),
    seed: null,
  };
}

/** A token with its alternatives, as OpenAI's chats tell them. */
export function decodeTgiLogprob(token: JsonObject, alternatives: readonly Json[]): JsonObject {
  return {
    ...logprobOf(token),
    top_logprobs: alternatives.filter(isJsonObject).map(logprobOf),
  };
}

function logprobOf({ text, logprob }: JsonObject): JsonObject {
  return {
    token: typeof text === "string" ? text : "",
    logprob: typeof logprob === "number" ? logprob : 0,
    bytes: null,
  };
}

/** Only where alternatives were asked for: the tokens of `details` are told unasked. */
export function decodeTgiLogprobs(details: Json | undefined): readonly Json[] | undefined {
  if (!isJsonObject(details)) return undefined;
  const { tokens, top_tokens: alternatives } = details;
  if (!Array.isArray(tokens) || !Array.isArray(alternatives)) return undefined;
  const proofs = tokens.filter(isJsonObject).flatMap((token, i) => {
    const others: unknown = alternatives[i];
    if (token.special === true) return [];
    return [decodeTgiLogprob(token, Array.isArray(others) ? others : [])];
  });
  return proofs.length > 0 ? proofs : undefined;
}

/** The one answer there is. */
export function tgiChoice(text: string, details: Json | undefined): Choice {
  const finish = decodeTgiFinish(details);
  const logprobs = decodeTgiLogprobs(details);
  return {
    content: text === "" ? [] : [{ type: "text", text, ...(logprobs && { logprobs }) }],
    finishReason: finish.reason,
    ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
  };
}

/** The words of the first answer: what else a model gave has no seat. */
export function tgiText(response: ChatResponse): string {
  const words = response.choices[0]?.content.flatMap((part) =>
    part.type === "text" || part.type === "refusal" ? [part.text] : [],
  );
  return words?.join("") ?? "";
}

/** The root of the server answers with a list of one; `/generate` with the answer itself. */
export function onlyMember(body: unknown): unknown {
  return Array.isArray(body) && body.length === 1 ? body[0] : body;
}

/** The server's own word where it said it; else the nearest of its words. */
export function encodeTgiError(error: GatewayError): JsonObject {
  return { error: error.message, error_type: error.vendor?.type ?? TYPES[error.code] };
}

const TYPES = {
  invalid_request: "validation",
  unauthenticated: "unauthorized",
  permission_denied: "forbidden",
  not_found: "not_found",
  method_not_allowed: "validation",
  request_timeout: "validation",
  conflict: "validation",
  body_too_large: "validation",
  unsupported_media_type: "validation",
  unprocessable: "validation",
  budget_exhausted: "overloaded",
  rate_limited: "overloaded",
  client_aborted: "incomplete_generation",
  internal: "generation",
  upstream_error: "generation",
  upstream_bad_response: "generation",
  upstream_credentials: "generation",
  upstream_auth_failed: "generation",
  upstream_connect_failed: "generation",
  upstream_connect_timeout: "generation",
  upstream_dns: "generation",
  upstream_tls: "generation",
  upstream_reset: "incomplete_generation",
  upstream_truncated: "incomplete_generation",
  upstream_redirect: "generation",
  upstream_overloaded: "overloaded",
  unavailable: "unhealthy",
  draining: "unhealthy",
  upstream_timeout: "incomplete_generation",
  upstream_stalled: "incomplete_generation",
} as const satisfies Record<ErrorCode, string>;
