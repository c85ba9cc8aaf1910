import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";

/**
 * Cohere gives one piece of text with the probabilities of the tokens it is made of; OpenAI one
 * entry a token. A piece is written as one entry whose probability is that of all its tokens
 * together, with Cohere's own numbers beside it.
 */
export function decodeLogprob(wire: Json): JsonObject | undefined {
  if (!isJsonObject(wire) || typeof wire.text !== "string") return undefined;
  const logprobs = Array.isArray(wire.logprobs)
    ? wire.logprobs.filter((value) => typeof value === "number")
    : [];
  return {
    token: wire.text,
    logprob: logprobs.reduce((sum, value) => sum + value, 0),
    bytes: null,
    top_logprobs: [],
    ...(Array.isArray(wire.token_ids) && { token_ids: wire.token_ids }),
    ...(logprobs.length !== 1 && { logprobs }),
  };
}

export function decodeLogprobs(wire: Json | undefined): readonly JsonObject[] | undefined {
  if (!Array.isArray(wire)) return undefined;
  const tokens = wire.map(decodeLogprob).filter((token) => token !== undefined);
  return tokens.length > 0 ? tokens : undefined;
}

export function encodeLogprob(token: Json): JsonObject {
  const { token: text, logprob, logprobs, token_ids } = isJsonObject(token) ? token : {};
  return {
    text: typeof text === "string" ? text : "",
    token_ids: Array.isArray(token_ids) ? token_ids : [],
    logprobs: Array.isArray(logprobs) ? logprobs : [typeof logprob === "number" ? logprob : 0],
  };
}
