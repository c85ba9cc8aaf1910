import type { Json, JsonObject } from "../../chat/json.ts";
import type { Message } from "../../chat/message.ts";
import type { Notice } from "../../chat/request.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { Decoration } from "./decorate-wire.ts";
import type { AddedMessage } from "./options.ts";

/**
 * A native request with messages added, in its own dialect: system words land in its own seat for
 * them. Members that the messages do not touch stay as the client wrote them. `wire` is undefined
 * where there are no messages to add to.
 */
export function decorateChat(
  prompt: Prompt,
  { prepend, append }: Decoration,
): { readonly wire: JsonObject | undefined; readonly notices: readonly Notice[] } {
  const { format, wire } = prompt;
  const chat = prompt.chat();
  if (chat.messages.length === 0) return { wire: undefined, notices: [] };
  const messages = [...prepend.map(messageOf), ...chat.messages, ...append.map(messageOf)];
  const before = format.encodeRequest(chat);
  const after = format.encodeRequest({ ...chat, messages });
  const known = new Set(before.notices.map(textOf));
  return {
    wire: withChanges(wire, before.wire, after.wire),
    notices: after.notices.filter((notice) => !known.has(textOf(notice))),
  };
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
