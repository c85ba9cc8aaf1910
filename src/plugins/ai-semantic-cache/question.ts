import type { AssistantPart, FilePart, Message } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { SemanticCacheOptions } from "./options.ts";

/** What an answer is kept under. */
export interface Question {
  /** What is compared by meaning. */
  readonly text: string;
  /** Differs wherever anything that was asked does: who says what, pictures and files among it. */
  readonly exact: string;
  /** What was said before it, by anybody but the system. */
  readonly earlier: readonly Message[];
  /** The pictures and files: nothing but themselves means the same. */
  readonly files: readonly FilePart[];
}

type Asking = Pick<
  SemanticCacheOptions,
  "message_countback" | "ignore_system_prompts" | "ignore_assistant_prompts" | "ignore_tool_prompts"
>;

/** A short answer to what was said before ("yes", "the second one") is no question by itself. */
const LEAST_WORDS_OF_A_TURN = 3;

/** The last messages of those roles that count; undefined where they ask nothing that could be kept. */
export function questionOf(chat: ChatRequest, options: Asking): Question | undefined {
  const counted = chat.messages.filter(({ role }) => !isIgnored(role, options));
  const last = counted.slice(-options.message_countback);
  const texts = last.map(textOf);
  const [only = ""] = texts;
  const text =
    last.length === 1 ? only : last.map(({ role }, at) => `${role}: ${texts[at]}`).join("\n");
  if (texts.every((said) => said.trim() === "")) return undefined;
  const isTurn = last.length === 1 && chat.messages.some(({ role }) => role === "assistant");
  if (isTurn && wordCount(text) < LEAST_WORDS_OF_A_TURN) return undefined;
  const asked = new Set(last);
  const earlier = chat.messages.filter(
    (message) => message.role !== "system" && !asked.has(message),
  );
  return { text, exact: JSON.stringify(last), earlier, files: last.flatMap(filesOf) };
}

function isIgnored(role: Message["role"], options: Asking): boolean {
  switch (role) {
    case "system":
      return options.ignore_system_prompts;
    case "assistant":
      return options.ignore_assistant_prompts;
    case "tool":
      return options.ignore_tool_prompts;
    case "user":
      return false;
  }
}

function textOf({ content }: Message): string {
  const parts: readonly AssistantPart[] = content;
  return parts.flatMap(partText).join("\n");
}

function partText(part: AssistantPart): string[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return [part.text];
    case "tool-call":
      return [`${part.name} ${part.arguments}`];
    // What it thought on the way is no part of what is asked now.
    case "reasoning":
    case "file":
      return [];
  }
}

function filesOf({ content }: Message): FilePart[] {
  const parts: readonly AssistantPart[] = content;
  return parts.flatMap((part) => (part.type === "file" ? [part] : []));
}

function wordCount(text: string): number {
  return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}
