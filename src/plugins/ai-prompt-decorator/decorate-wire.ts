import type { Json, JsonObject } from "../../chat/json.ts";
import { hasMember } from "../../gateway/call/client-format.ts";
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
