import type { PromptText } from "../../formats/prompt-text.ts";
import type { Prompt } from "./prompt.ts";

export type { PromptText, Role, Seat } from "../../formats/prompt-text.ts";

/**
 * Every text of a request that its vendor is sent, in its order and whether it decodes or not:
 * instructions and results of tools too. Undefined where it holds no prompt, or one that cannot be
 * looked at, such as token ids: that must not pass as a prompt that says nothing.
 */
export function promptTexts({ format, wire }: Prompt): readonly PromptText[] | undefined {
  return format.intent.texts(wire);
}
