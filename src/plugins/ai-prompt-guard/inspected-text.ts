import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Message } from "../../chat/message.ts";
import type { Prompt } from "../../gateway/call.ts";
import { hasMember, isCommonFormat } from "../../gateway/client-format.ts";

export interface Inspection {
  readonly allRoles: boolean;
  readonly lastOnly: boolean;
}

/** What somebody said; undefined text for a message that only calls tools. */
interface Said {
  readonly role: string;
  readonly text: string | undefined;
}

/**
 * The text of a prompt that patterns are held against: messages from the newest to the oldest, each
 * with a blank behind it; the last one alone, or a completion's prompt, as it is. Undefined for what
 * holds no text that could be looked at.
 */
export function inspectedText(prompt: Prompt, inspection: Inspection): string | undefined {
  const said = isCommonFormat(prompt.format)
    ? wireSaid(prompt.wire)
    : prompt.chat().messages.map(messageSaid);
  if (said === undefined || typeof said === "string") return said;
  let text = "";
  for (const { role, text: own } of said.toReversed()) {
    if (own === undefined || !(inspection.allRoles || role === "user")) continue;
    if (inspection.lastOnly) return own;
    text += `${own} `;
  }
  return text;
}

function messageSaid({ role, content }: Message): Said {
  const texts = content.flatMap((part) => ("text" in part ? [part.text] : []));
  return { role, text: content.length === 0 ? undefined : texts.join(" ") };
}

/** A request in the common dialect: chat, responses, completions, or embeddings. */
function wireSaid(wire: JsonObject): readonly Said[] | string | undefined {
  const { messages, prompt, input, instructions } = wire;
  if (hasMember(wire, "messages")) return turnsSaid(messages);
  if (hasMember(wire, "prompt")) return promptText(prompt);
  if (!hasMember(wire, "input") && !hasMember(wire, "instructions")) return undefined;
  // Texts for vectors are no turns: all of them are looked at, whatever is asked of turns.
  const text = Array.isArray(input) && input.length === 0 ? undefined : promptText(input);
  const turns = text === undefined ? turnsSaid(input) : [{ role: "user", text }];
  if (typeof instructions !== "string") return turns;
  return [{ role: "system", text: instructions }, ...(turns ?? [])];
}

function turnsSaid(turns: Json | undefined): readonly Said[] | undefined {
  if (!Array.isArray(turns) || turns.length === 0) return undefined;
  const list: readonly Json[] = turns;
  const said: Said[] = [];
  for (const turn of list) {
    if (!isJsonObject(turn)) return undefined;
    const { role = "user", content } = turn;
    const text = contentText(content);
    // What cannot be looked at must not pass as nothing.
    if (text === UNREADABLE) return undefined;
    said.push({ role: String(role), text });
  }
  return said;
}

const UNREADABLE = Symbol("unreadable");

function contentText(content: Json | undefined): string | undefined | typeof UNREADABLE {
  if (content === undefined || content === null) return undefined;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return UNREADABLE;
  const parts: readonly Json[] = content;
  const texts: string[] = [];
  for (const part of parts) {
    if (typeof part === "string") texts.push(part);
    else if (!isJsonObject(part)) return UNREADABLE;
    else texts.push(...partTexts(part));
  }
  return texts.join(" ");
}

/** `text`, `input_text`, `output_text` and `refusal` parts; images, sounds and files hold no text. */
function partTexts({ text, refusal }: JsonObject): string[] {
  return [text, refusal].flatMap((value) => (typeof value === "string" ? [value] : []));
}

/** Token ids cannot be looked at. */
function promptText(prompt: Json | undefined): string | undefined {
  if (typeof prompt === "string") return prompt;
  if (!Array.isArray(prompt)) return undefined;
  const texts: readonly Json[] = prompt;
  return texts.every((text) => typeof text === "string") ? texts.join(" ") : undefined;
}
