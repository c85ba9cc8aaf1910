import type { Spoken } from "./spoken.ts";

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
