import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";

/** Which ids of tool calls a vendor takes back in a conversation. */
export interface CallIds {
  readonly accepted: RegExp;
  /** One that it takes, from 64 hexadecimal digits that follow from another. */
  made(digits: string): string;
}

/**
 * A request in OpenAI's dialect in which tool calls, and their results, have ids that the vendor takes.
 * Others give way to ids that follow from them, so that a conversation can move from one vendor to
 * another and calls still find their results. `wire` itself where there is nothing to replace.
 */
export function withCallIds(wire: JsonObject, ids: CallIds): JsonObject {
  const { messages } = wire;
  if (!Array.isArray(messages) || !messages.some((message) => hasForeignId(message, ids))) {
    return wire;
  }
  return { ...wire, messages: messages.map((message) => withOwnIds(message, ids)) };
}

function hasForeignId(message: Json, ids: CallIds): boolean {
  if (!isJsonObject(message)) return false;
  const { tool_call_id: answered, tool_calls: calls } = message;
  if (isForeign(answered, ids)) return true;
  return (
    Array.isArray(calls) && calls.some((call) => isJsonObject(call) && isForeign(call.id, ids))
  );
}

function withOwnIds(message: Json, ids: CallIds): Json {
  if (!isJsonObject(message) || !hasForeignId(message, ids)) return message;
  const { tool_call_id: answered, tool_calls: calls } = message;
  return {
    ...message,
    ...(isForeign(answered, ids) && { tool_call_id: ownId(answered, ids) }),
    ...(Array.isArray(calls) && { tool_calls: calls.map((call) => withOwnId(call, ids)) }),
  };
}

function withOwnId(call: Json, ids: CallIds): Json {
  return isJsonObject(call) && isForeign(call.id, ids)
    ? { ...call, id: ownId(call.id, ids) }
    : call;
}

function isForeign(id: Json | undefined, { accepted }: CallIds): id is string {
  return typeof id === "string" && !accepted.test(id);
}

function ownId(id: string, { made }: CallIds): string {
  return made(createHash("sha256").update(id).digest("hex"));
}
