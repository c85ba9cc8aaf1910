import type { Prompt } from "../../gateway/call/prompt.ts";
import { type PromptText, promptTexts } from "../../gateway/call/prompt-texts.ts";
import type { ContentSafetyOptions } from "./options.ts";

/** What a request says, as far as it is to be looked at; undefined where it cannot be. */
export function selectedText(
  prompt: Prompt,
  source: ContentSafetyOptions["text_source"],
): string | undefined {
  const texts = promptTexts(prompt);
  if (!texts) return undefined;
  const last = texts.findLast(({ message }) => message !== undefined)?.message;
  const isSelected = ({ role, message }: PromptText): boolean => {
    switch (source) {
      case "concatenate_all_content":
        return true;
      case "concatenate_user_content":
        return role === "user";
      case "last_message":
        return message === last;
    }
  };
  return contentsOf(texts.filter((text) => isSaid(text) && isSelected(text))).join("; ");
}

/** The words of a file, and of what was thought, come to the model as what is said does. */
function isSaid({ seat }: PromptText): boolean {
  return seat === "content" || seat === "inside";
}

/** What each message says; the parts of one are one text. */
function contentsOf(texts: readonly PromptText[]): readonly string[] {
  const contents = new Map<number | undefined, string>();
  for (const { message, text } of texts) {
    const before = contents.get(message);
    contents.set(message, before ? `${before} ${text}` : text);
  }
  return [...contents.values()].filter((content) => content !== "");
}
