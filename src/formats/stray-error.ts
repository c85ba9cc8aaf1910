import type { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
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
