import type { Json, JsonObject } from "../../chat/json.ts";
import type { Message } from "../../chat/message.ts";
import type { Notice } from "../../chat/request.ts";
import { hasMember } from "../../gateway/call/client-format.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { AddedMessage } from "./options.ts";

export interface Decoration {
  readonly prepend: readonly AddedMessage[];
  readonly append: readonly AddedMessage[];
}

/**
 * A request in the common dialect with messages added, every other member as it stands; undefined
 * where there is nothing to add to. A completion's prompt has no roles: the words are added as lines.
 */
export function decorateWire(wire: JsonObject, decoration: Decoration): JsonObject | undefined {
  const { messages, prompt } = wire;
  if (hasMember(wire, "messages")) {
    if (!isList(messages) || messages.length === 0) return undefined;
    return { ...wire, messages: [...decoration.prepend, ...messages, ...decoration.append] };
  }
  if (hasMember(wire, "prompt")) {
    const decorated = decoratedPrompt(prompt, decoration);
    return decorated === undefined ? undefined : { ...wire, prompt: decorated };
  }
  return hasMember(wire, "input") ? decoratedInput(wire, decoration) : undefined;
}

function decoratedPrompt(prompt: Json | undefined, decoration: Decoration): Json | undefined {
  const { prepend, append } = decoration;
  const around = (text: string) =>
    [...prepend.map(contentOf), text, ...append.map(contentOf)].join("\n");
  if (typeof prompt === "string") return prompt === "" ? undefined : around(prompt);
  if (!isList(prompt) || prompt.length === 0) return undefined;
  // Token ids cannot be added to.
  return prompt.every((text) => typeof text === "string") ? prompt.map(around) : undefined;
}

/** System words before a conversation are its instructions (https://platform.openai.com/docs/api-reference/responses/create). */
function decoratedInput(wire: JsonObject, { prepend, append }: Decoration): JsonObject | undefined {
  const { input, instructions } = wire;
  if (typeof input !== "string" && !isList(input)) return undefined;
  const leading = prepend.findIndex(({ role }) => role !== "system");
  const system = leading < 0 ? prepend : prepend.slice(0, leading);
  const before = prepend.slice(system.length);
  const own = typeof instructions === "string" ? [instructions] : [];
  const texts = [...system.map(contentOf), ...own];
  const items = typeof input === "string" ? [{ role: "user", content: input }] : input;
  const isBare = before.length === 0 && append.length === 0;
  return {
    ...wire,
    ...(texts.length > 0 && { instructions: texts.join("\n\n") }),
    input: isBare ? input : [...before, ...items, ...append],
  };
}

function contentOf({ content }: AddedMessage): string {
  return content;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

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
