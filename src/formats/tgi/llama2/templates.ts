import type { FilePart, Message } from "../../../chat/message.ts";
import { inlineText } from "../../inline-files.ts";
import type { NoticeList } from "../../notice-list.ts";

/** How a model was taught to read a conversation in one string. */
export interface PromptTemplate {
  readonly name: string;
  /** Strings that mean something to the model; within a message they are taken apart. */
  readonly tags: readonly string[];
  /** `turns` are not empty; only the last may be without an answer. */
  chat(system: string | undefined, turns: readonly Turn[]): string;
  completion(prompt: string): string;
}

export interface Turn {
  readonly user: string;
  readonly answer: string | undefined;
}

/** Of the reference's template for completions, whose second tag was not a closing one. */
const HELPFUL = "You are a helpful assistant.";

/** https://www.llama.com/docs/model-cards-and-prompt-formats/meta-llama-2/ */
export const llama2Template: PromptTemplate = {
  name: "llama2-raw",
  tags: ["<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"],
  chat: (system, turns) =>
    turns
      .map(({ user, answer }, i) => {
        const head = i === 0 && system !== undefined ? llama2System(system) : "";
        const asked = `<s>[INST] ${head}${user} [/INST]`;
        if (answer === undefined) return asked;
        return i < turns.length - 1 ? `${asked} ${answer} </s>` : `${asked} ${answer}`;
      })
      .join(""),
  completion: (prompt) => `<s>[INST] ${llama2System(HELPFUL)}${prompt} [/INST]`,
};

function llama2System(system: string): string {
  return `<<SYS>>\n${system}\n<</SYS>>\n\n`;
}

/** https://docs.mistral.ai/cookbooks/concept-deep-dive-tokenization-chat_templates */
export const mistralTemplate: PromptTemplate = {
  name: "mistral-raw",
  tags: ["<s>", "</s>", "[INST]", "[/INST]"],
  chat(system, turns) {
    const said = turns.map(({ user, answer }, i) => {
      const head = i === 0 && system !== undefined ? `${system}\n` : "";
      const asked = `[INST] ${head}${user} [/INST]`;
      if (answer === undefined) return asked;
      return i < turns.length - 1 ? `${asked} ${answer}</s>` : `${asked} ${answer}`;
    });
    return `<s>${said.join("")}`;
  },
  completion: (prompt) => `<s>[INST] ${prompt} [/INST]`,
};

/**
 * The prompt as the reference writes it: the first two messages by their place, whatever their
 * roles, and no answer of the assistant after them.
 */
export function positionalPrompt(spoken: readonly Spoken[]): string {
  return spoken.map(({ role, text }, i) => positionalPart(role, text, i)).join("");
}

function positionalPart(role: Spoken["role"], text: string, place: number): string {
  if (place === 0) return `<s>[INST] <<SYS>> ${text} <</SYS>>`;
  if (place === 1) return ` ${text} [/INST]`;
  switch (role) {
    case "user":
      return ` <s>[INST] ${text} [/INST]`;
    case "system":
      return ` ${text} </s>`;
    case "assistant":
      return "";
  }
}

export function positionalCompletion(prompt: string): string {
  return `<s> [INST] <<SYS>> ${HELPFUL} <<SYS>> ${prompt} [/INST]`;
}

/** A message as words, with its place in the request. */
export interface Spoken {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
  readonly at: string;
}

/**
 * What of a conversation can be said in words; the rest yields notices. A tool's result is said by
 * nobody in these templates, so it is left out together with the call.
 */
export function spokenMessages(messages: readonly Message[], list: NoticeList): Spoken[] {
  return messages.flatMap((message, i) => {
    const at = `messages[${i}]`;
    if (message.role === "tool") {
      list.dropped(at, "This model's prompt has no seat for tool results.");
      return [];
    }
    const text = wordsOf(message, at, list);
    const isSilent = text === "" && message.role === "assistant";
    return isSilent ? [] : [{ role: message.role, text, at }];
  });
}

type Speaking = Exclude<Message, { role: "tool" }>;

function wordsOf(message: Speaking, at: string, list: NoticeList): string {
  const words = message.content.map((part, k) => partWords(part, `${at}.content[${k}]`, list));
  return words.filter((word) => word !== "").join("\n\n");
}

function partWords(part: Speaking["content"][number], path: string, list: NoticeList): string {
  switch (part.type) {
    case "text":
      if (part.annotations) {
        list.dropped(`${path}.annotations`, "This model's prompt has no seat for citations.");
      }
      return part.text;
    case "refusal":
      list.approximated(path, "A refusal is said as text.");
      return part.text;
    case "file":
      return fileWords(part, path, list);
    case "reasoning":
    case "tool-call":
      list.dropped(path, `This model's prompt has no seat for a ${part.type}.`);
      return "";
  }
}

function fileWords(part: FilePart, path: string, list: NoticeList): string {
  const inline = inlineText(part);
  if (!inline) {
    list.dropped(path, `This model's prompt is text: ${part.mediaType} has no place in it.`);
    return "";
  }
  list.approximated(path, "The document is put into the prompt as text.");
  return inline.text;
}
