import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";

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
