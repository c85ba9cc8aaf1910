import type { Json, JsonObject } from "../chat/json.ts";
import type { Message } from "../chat/message.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { AddedMessage, AddedMessages, WireFormat, WithMessages } from "./wire-format.ts";

/** Undefined where there is nothing to add to. Throws `invalid_request` for what has to be decoded and does not. */
export function withMessages(
  asked: {
    readonly format: WireFormat;
    readonly wire: JsonObject;
    chat(): ChatRequest;
  },
  added: AddedMessages,
): WithMessages | undefined {
  const { format, wire } = asked;
  return format.addMessages
    ? format.addMessages(wire, added)
    : throughDecoding(format, wire, asked.chat(), added);
}

/**
 * System words land in the dialect's own seat for them. Members that the messages do not touch stay as
 * the client wrote them.
 */
function throughDecoding(
  format: WireFormat,
  wire: JsonObject,
  chat: ChatRequest,
  { prepend, append }: AddedMessages,
): WithMessages | undefined {
  if (chat.messages.length === 0) return undefined;
  const messages = [...prepend.map(messageOf), ...chat.messages, ...append.map(messageOf)];
  const before = format.encodeRequest(chat);
  const after = format.encodeRequest({ ...chat, messages });
  const known = new Set(before.notices.map(textOf));
  return {
    wire: withChanges(wire, before.wire, after.wire),
    prepended: isListed(wire) ? prepend.length : 0,
    notices: after.notices.filter((notice) => !known.has(textOf(notice))),
  };
}

function isListed({ messages }: JsonObject): boolean {
  return messages !== undefined && messages !== null;
}

function messageOf({ role, content }: AddedMessage): Message {
  return { role, content: [{ type: "text", text: content }] };
}

/** What differs between two encodings, written into what the client wrote. */
function withChanges(wire: JsonObject, before: JsonObject, after: JsonObject): JsonObject {
  const changed: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(after)) {
    if (textOf(before[name]) !== textOf(value)) changed[name] = value;
  }
  // Some dialects take a member's name in two spellings: `systemInstruction`, `system_instruction`.
  const kept = Object.entries(wire).filter(([name]) => !Object.hasOwn(changed, camelCase(name)));
  return { ...Object.fromEntries(kept), ...changed };
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
