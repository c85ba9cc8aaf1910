import { GatewayError } from "../../../chat/error.ts";
import type { FinishReason } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import { encodeUsage } from "../../token-usage.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { decodeResponseHead, errorInAnswer, sortedChoices } from "../answer.ts";
import { FORMAT_NAME } from "./request.ts";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode llm/v1/completions response";

/** Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  if (!Array.isArray(wire.choices)) {
    const told = errorInAnswer(wire);
    if (told) throw told;
    throw new GatewayError("upstream_bad_response", "'choices' not in llm/v1/completions response");
  }
  const choices = sortedChoices(wire.choices).map(decodeChoice);
  return { ...decodeResponseHead(wire, FORMAT_NAME), choices };
}

function decodeChoice(wire: JsonObject): Choice {
  const logprobs = decodeLogprobs(wire.logprobs);
  const text = typeof wire.text === "string" ? wire.text : "";
  const content: ChoicePart[] =
    text === "" && !logprobs ? [] : [{ type: "text", text, ...(logprobs && { logprobs }) }];
  const finish = decodeFinish(wire);
  if (!finish) return { content };
  const { reason, raw } = finish;
  return { content, finishReason: reason, ...(raw !== undefined && { rawFinishReason: raw }) };
}

const REASONS = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  content_filter: "content_filter",
} as const satisfies Record<FinishReason, FinishReason>;

function isReason(word: string): word is FinishReason {
  return Object.hasOwn(REASONS, word);
}

/** `raw` is there only where the vendor's word is another than ours; an unknown one is a stop. */
export function decodeFinish(
  wire: JsonObject,
): { readonly reason: FinishReason; readonly raw?: string } | undefined {
  const word = wire.finish_reason;
  if (typeof word !== "string") return undefined;
  const reason = isReason(word) ? word : "stop";
  const raw = typeof wire.native_finish_reason === "string" ? wire.native_finish_reason : word;
  return raw === reason ? { reason } : { reason, raw };
}

/** Reasoning and tool calls have no seat here: the text is the answer. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { usage } = response;
  return {
    ...answerHead(response, context),
    choices: response.choices.map(encodeChoice),
    ...(usage && { usage: encodeUsage(usage) }),
    ...(usage?.serviceTier !== undefined && { service_tier: usage.serviceTier }),
    ...ownExtra(response),
  };
}

export function answerHead(
  answer: Pick<ChatResponse, "id" | "model" | "created">,
  context: AnswerContext,
): JsonObject {
  return {
    id: answer.id === "" ? `cmpl-${context.requestId}` : answer.id,
    object: "text_completion",
    created: answer.created ?? context.created,
    model: answer.model || context.model,
  };
}

export function ownExtra(answer: Pick<ChatResponse, "extra" | "extraFormat">): JsonObject {
  return answer.extraFormat === FORMAT_NAME && answer.extra ? answer.extra : {};
}

function encodeChoice(choice: Choice, index: number): JsonObject {
  const prose = choice.content.filter((part) => part.type === "text" || part.type === "refusal");
  const tokens = prose.flatMap((part): readonly Json[] => part.logprobs ?? []);
  return {
    text: prose.map((part) => part.text).join(""),
    index,
    logprobs: tokens.length > 0 ? encodeLogprobs(tokens, 0) : null,
    finish_reason: choice.finishReason ?? null,
    ...nativeFinish(choice.finishReason, choice.rawFinishReason),
  };
}

export function nativeFinish(reason: string | undefined, raw: string | undefined): JsonObject {
  return raw !== undefined && raw !== reason ? { native_finish_reason: raw } : {};
}

/**
 * Completions lists log probabilities in four columns
 * (https://platform.openai.com/docs/api-reference/completions/object); the canonical form is one
 * object a token, as Chat Completions has it. Tolerant: what has no text is left out.
 */
export function decodeLogprobs(wire: Json | undefined): readonly Json[] | undefined {
  if (!isJsonObject(wire) || !Array.isArray(wire.tokens) || wire.tokens.length === 0)
    return undefined;
  const { token_logprobs: values, top_logprobs: tops } = wire;
  return wire.tokens.map((token: Json, i) => ({
    token,
    logprob: Array.isArray(values) ? (values[i] ?? null) : null,
    bytes: null,
    top_logprobs: decodeTop(Array.isArray(tops) ? tops[i] : undefined),
  }));
}

function decodeTop(wire: Json | undefined): Json[] {
  if (!isJsonObject(wire)) return [];
  return Object.entries(wire).map(([token, logprob]) => ({
    token,
    logprob: logprob ?? null,
    bytes: null,
  }));
}

/** `offset` is where the first token stands in the answer's text, in UTF-16 units. */
export function encodeLogprobs(tokens: readonly Json[], offset: number): JsonObject {
  const rows = tokens.filter(isJsonObject);
  const texts = rows.map((row) => (typeof row.token === "string" ? row.token : ""));
  const tops = rows.map((row) => encodeTop(row.top_logprobs));
  let next = offset;
  return {
    tokens: texts,
    token_logprobs: rows.map((row) => row.logprob ?? null),
    top_logprobs: tops.some((top) => top !== null) ? tops : null,
    text_offset: texts.map((text) => {
      const at = next;
      next += text.length;
      return at;
    }),
  };
}

function encodeTop(wire: Json | undefined): JsonObject | null {
  if (!Array.isArray(wire) || wire.length === 0) return null;
  const rows = wire.filter(isJsonObject).map((row) => [String(row.token), row.logprob ?? null]);
  return Object.fromEntries(rows);
}
