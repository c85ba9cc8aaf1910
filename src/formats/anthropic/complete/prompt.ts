import type { Message } from "../../../chat/message.ts";
import { invalidField } from "../../fields.ts";

/**
 * The conversation as one text: turns under `Human:` and `Assistant:`, a blank line between, the
 * system prompt without a heading, and the next answer's heading at the end.
 */
export function encodePrompt(messages: readonly Message[]): string {
  const turns = messages.map((message, i) => turnOf(message, `messages[${i}]`));
  return [...turns, "Assistant:"].join("\n\n");
}

function turnOf(message: Message, at: string): string {
  const text = textOf(message, at);
  switch (message.role) {
    case "system":
      return text;
    case "user":
      return `Human: ${text}`;
    case "assistant":
      return `Assistant: ${text}`;
    case "tool":
      throw invalidField(at, "cannot be sent to Anthropic's Complete: it takes no tools");
  }
}

function textOf({ content }: Message, at: string): string {
  const texts = content.map((part, i) => {
    if (part.type === "text") return part.text;
    throw invalidField(
      `${at}.content[${i}]`,
      "must be text: Anthropic's Complete takes nothing else",
    );
  });
  return texts.join("");
}

const TURN = /(?:^|\n\n)(Human|Assistant):/g;

/** The turns of a prompt; what stands ahead of the first is the system prompt. */
export function decodePrompt(prompt: string): Message[] {
  const heads = [...prompt.matchAll(TURN)];
  const before = prompt.slice(0, heads[0]?.index ?? prompt.length).trim();
  const messages = heads.flatMap((head, i): Message[] => {
    const isLast = i === heads.length - 1;
    const end = isLast ? prompt.length : heads[i + 1]?.index;
    const text = prompt.slice(head.index + head[0].length, end).trim();
    const content = [{ type: "text", text }] as const;
    if (head[1] === "Human") return [{ role: "user", content }];
    return isLast && text === "" ? [] : [{ role: "assistant", content }];
  });
  if (before === "") return messages;
  const content = [{ type: "text", text: before }] as const;
  return [{ role: heads.length === 0 ? "user" : "system", content }, ...messages];
}
