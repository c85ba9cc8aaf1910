import { type ErrorCode, errorCodeForStatus, GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";

/** Longest server message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * `{error, error_type}` of Text Generation Inference, or `{error, estimated_time}` of Hugging Face's
 * inference API, whose `error` may also be a list. An error in a body whose status said 200 counts
 * as a bad gateway; its kind follows from `error_type` alone.
 */
export function decodeErrorText(status: number, body: unknown): GatewayError {
  const wire = Array.isArray(body) ? body[0] : body;
  const members: JsonObject = isJsonObject(wire) ? wire : {};
  const type = typeof members.error_type === "string" ? members.error_type : undefined;
  const message = messageOf(members) ?? `error reply without a message (status ${status})`;
  const inBand = status < 400;
  const code = inBand ? codeOfType(type) : errorCodeForStatus(status);
  const wait = members.estimated_time;
  return new GatewayError(code, message.slice(0, MAX_MESSAGE_LENGTH), {
    status: inBand ? 502 : status,
    ...(type !== undefined && { vendor: { type } }),
    ...(typeof wait === "number" && wait >= 0 && { retryAfterMs: Math.ceil(wait * 1000) }),
  });
}

function messageOf(wire: JsonObject): string | undefined {
  const { error } = wire;
  const inner = isJsonObject(error) ? error.message : error;
  for (const value of [inner, wire.message, wire.detail]) {
    const text = textOf(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((item) => typeof item === "string");
  return texts.length > 0 ? texts.join("; ") : undefined;
}

const TYPE_CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ["overloaded", "upstream_overloaded"],
  ["validation", "invalid_request"],
  ["empty_input", "invalid_request"],
]);

function codeOfType(type: string | undefined): ErrorCode {
  return TYPE_CODES.get(type ?? "") ?? "upstream_error";
}
