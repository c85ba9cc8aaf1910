import type { Json, JsonObject } from "../../chat/json.ts";
import type { AddedMessage, AddedMessages, WithMessages } from "../wire-format.ts";

/**
 * A chat, a completion or a response with messages added; undefined where there is nothing to add to.
 * A completion's prompt has no roles: the words are added as lines.
 */
export function addMessages(wire: JsonObject, added: AddedMessages): WithMessages | undefined {
  const { messages, prompt, input } = wire;
  if (isPresent(messages)) {
    if (!isList(messages) || messages.length === 0) return undefined;
    const all = [...added.prepend, ...messages, ...added.append];
    return {
      wire: { ...wire, messages: all },
      prepended: added.prepend.length,
      notices: [],
    };
  }
  if (isPresent(prompt)) {
    const decorated = decoratedPrompt(prompt, added);
    return decorated === undefined ? undefined : unlisted({ ...wire, prompt: decorated });
  }
  const decorated = isPresent(input) ? decoratedInput(wire, added) : undefined;
  return decorated && unlisted(decorated);
}

function unlisted(wire: JsonObject): WithMessages {
  return { wire, prepended: 0, notices: [] };
}

function isPresent(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

function decoratedPrompt(prompt: Json | undefined, decoration: AddedMessages): Json | undefined {
  const { prepend, append } = decoration;
  const around = (text: string) =>
    [...prepend.map(contentOf), text, ...append.map(contentOf)].join("\n");
  if (typeof prompt === "string") return prompt === "" ? undefined : around(prompt);
  if (!isList(prompt) || prompt.length === 0) return undefined;
  // Token ids cannot be added to.
  return prompt.every((text) => typeof text === "string") ? prompt.map(around) : undefined;
}

/** System words before a conversation are its instructions (https://platform.openai.com/docs/api-reference/responses/create). */
function decoratedInput(
  wire: JsonObject,
  { prepend, append }: AddedMessages,
): JsonObject | undefined {
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
