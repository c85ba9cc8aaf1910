import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";

const LENGTH = 9;
/** https://mistralai.github.io/mistral-common/usage/tools/ */
const CALL_ID = /^[a-zA-Z0-9]{9}$/;

/**
 * A request whose tool calls, and their results, have ids that Mistral takes: exactly nine letters or
 * digits. Another vendor's ids are replaced by nine that follow from them, so that a conversation can
 * move to Mistral and calls still find their results. `wire` itself where there is nothing to replace.
 */
export function withMistralCallIds(wire: JsonObject): JsonObject {
  const { messages } = wire;
  if (!Array.isArray(messages)) return wire;
  const renamed = messages.map(withOwnIds);
  return renamed.some((message, at) => message !== messages[at])
    ? { ...wire, messages: renamed }
    : wire;
}

function withOwnIds(message: Json): Json {
  if (!isJsonObject(message)) return message;
  const { tool_call_id: answered, tool_calls: calls } = message;
  if (isForeign(answered)) return { ...message, tool_call_id: mistralCallId(answered) };
  if (!Array.isArray(calls)) return message;
  const renamed = calls.map(withOwnId);
  return renamed.some((call, at) => call !== calls[at])
    ? { ...message, tool_calls: renamed }
    : message;
}

function withOwnId(call: Json): Json {
  return isJsonObject(call) && isForeign(call.id) ? { ...call, id: mistralCallId(call.id) } : call;
}

function isForeign(id: Json | undefined): id is string {
  return typeof id === "string" && !CALL_ID.test(id);
}

function mistralCallId(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, LENGTH);
}
