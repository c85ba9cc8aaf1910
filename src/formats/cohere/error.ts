import { errorCodeForStatus, GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";

/** Longest vendor message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode cohere response";
/** The reference's words for an answer of no known shape. */
export const NO_ANSWER = "'text' or 'generations' missing from cohere response body";

/**
 * `{id, message}` (https://docs.cohere.com/reference/errors), `{data}` from its gateway, or
 * `{err}` in a stream of the Generate API.
 */
export function decodeCohereError(status: number, body: unknown): GatewayError {
  const inBand = status < 400;
  const code = inBand ? "upstream_error" : errorCodeForStatus(status);
  const message = messageOf(body) ?? `error reply without a message (status ${status})`;
  return new GatewayError(code, message.slice(0, MAX_MESSAGE_LENGTH), inBand ? {} : { status });
}

function messageOf(body: unknown): string | undefined {
  if (!isJsonObject(body)) return undefined;
  for (const text of [body.message, body.data, body.err, body.error]) {
    if (typeof text === "string" && text !== "") return text;
  }
  return undefined;
}

export function encodeCohereError(error: GatewayError, requestId: string): JsonObject {
  return { id: requestId, message: error.message };
}

/** Throws where nothing in a 200 is an answer: the vendor's error when it is one. */
export function noAnswer(wire: JsonObject): GatewayError {
  if (messageOf(wire) !== undefined) return decodeCohereError(200, wire);
  return new GatewayError("upstream_bad_response", NO_ANSWER);
}
