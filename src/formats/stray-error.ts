import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { ChatResponse } from "../chat/response.ts";
import { decodeOpenAiError } from "./openai-error.ts";

/**
 * The error that an object tells which is none of its dialect's: Mistral's `{object: "error", message}`
 * (https://docs.mistral.ai/api), `{type: "error"}`, FastAPI's `{detail}`, a proxy's `{message, code}`.
 * Undefined for one that tells none. To be asked only of an object that says nothing else.
 */
export function strayError(wire: JsonObject): GatewayError | undefined {
  const isError =
    wire.object === "error" ||
    wire.type === "error" ||
    typeof wire.message === "string" ||
    isTold(wire.error) ||
    isTold(wire.detail);
  return isError ? decodeOpenAiError(200, wire) : undefined;
}

/** Whether a member says something; clients take an empty one for none. */
export function isTold(member: Json | undefined): boolean {
  if (isJsonObject(member)) return Object.keys(member).length > 0;
  return Array.isArray(member) ? member.length > 0 : Boolean(member);
}

/** One whole answer. Throws what its format throws; where that finds no answer, the error that is told instead. */
export function decodedOrTold(
  decodeResponse: (wire: JsonObject) => ChatResponse,
  wire: JsonObject,
): ChatResponse {
  try {
    return decodeResponse(wire);
  } catch (cause) {
    const isNone = cause instanceof GatewayError && cause.code === "upstream_bad_response";
    throw (isNone && strayError(wire)) || cause;
  }
}
