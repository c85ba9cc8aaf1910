import { isCompletion } from "../../gateway/call/client-format.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import { type PromptText, promptTexts } from "../../gateway/call/prompt-texts.ts";

export interface Inspection {
  readonly allRoles: boolean;
  readonly lastOnly: boolean;
}

/** The text of a prompt that patterns are held against. */
export interface InspectedText {
  /**
   * What was said: messages from the newest to the oldest, each with a blank behind it; the last one
   * alone, or a completion's prompt, as it is.
   */
  readonly said: string;
  /**
   * All of that, and whatever else the vendor is sent: what neighbouring parts and messages say
   * together, texts in files, names, arguments, tools, schemas. Equal to `said` where there is nothing.
   */
  readonly sent: string;
}

/** Undefined for what holds no text that could be looked at. */
export function inspectedText(prompt: Prompt, inspection: Inspection): InspectedText | undefined {
  const texts = promptTexts(prompt);
  if (texts === undefined) return undefined;
  const messages = messagesOf(texts);
  const rest = texts.flatMap(({ seat, text }) => (seat === "request" ? [text] : []));
  if (isCompletion(prompt)) {
    const said = messages[0]?.text ?? "";
    return { said, sent: joined(said, rest) };
  }
  const isLookedAt = ({ side }: { readonly side: Side }) => inspection.allRoles || side === "user";
  const matching = messages.filter(isLookedAt);
  if (inspection.lastOnly) {
    const last = Math.max(
      matching.findLastIndex(({ text }) => text !== undefined),
      0,
    );
    const looked = matching.slice(last);
    return textOf(matching[last]?.text ?? "", looked, together(looked), rest);
  }
  let said = "";
  for (const { text } of matching.toReversed()) if (text !== undefined) said += `${text} `;
  return textOf(said, matching, together(messages).filter(isLookedAt), rest);
}

/** Who says something: the roles that the reference leaves out, unless it is to match all, and all others. */
type Side = Exclude<PromptText["role"], "developer">;

interface Message {
  readonly side: Side;
  /** Undefined for a message without content, such as one that only calls tools. */
  text: string | undefined;
  /** The texts of the content, those in files too. */
  readonly parts: string[];
  /** Texts beside the content. */
  readonly beside: string[];
}

function messagesOf(texts: readonly PromptText[]): readonly Message[] {
  const messages: Message[] = [];
  let place: number | undefined;
  for (const { role, text, message, seat } of texts) {
    if (seat === "request") continue;
    let said = messages.at(-1);
    if (!said || message !== place) {
      said = {
        side: role === "developer" ? "system" : role,
        text: undefined,
        parts: [],
        beside: [],
      };
      messages.push(said);
      place = message;
    }
    if (seat === "content") said.text = said.text === undefined ? text : `${said.text} ${text}`;
    if (seat === "beside") said.beside.push(text);
    else if (text !== "") said.parts.push(text);
  }
  return messages;
}

function textOf(
  said: string,
  messages: readonly Message[],
  runs: readonly Run[],
  rest: readonly string[],
): InspectedText {
  const beside = messages.flatMap((message) => message.beside);
  return { said, sent: joined(said, [...runs.map(({ text }) => text), ...beside, ...rest]) };
}

interface Run {
  readonly side: Side;
  readonly text: string;
}

/**
 * What neighbouring parts say together, and neighbouring messages of one side: vendors are sent them
 * as one turn, with the system's words taken out from between.
 */
function together(messages: readonly Message[]): readonly Run[] {
  const runs: { side: Side; text: string; pieces: number }[] = [];
  for (const { side, parts, text, beside } of messages) {
    const own = parts.join("");
    // A message that says nothing is left out on the way, and parts nobody's words.
    if (own === "" && beside.length === 0 && side !== "tool") continue;
    const pieces = parts.length === 1 && own === text ? 1 : parts.length + 1;
    const run = runs.findLast((one) => (one.side === "system") === (side === "system"));
    if (run?.side !== side || side === "tool") runs.push({ side, text: own, pieces });
    else if (parts.length > 0) {
      run.text += own;
      run.pieces += pieces;
    }
  }
  return runs.filter(({ pieces, text }) => pieces > 1 && text !== "");
}

/** With a blank behind each, as behind messages: the end of a pattern means the same for both. */
function joined(said: string, more: readonly string[]): string {
  return more.length === 0 ? said : `${said} ${more.join(" ")} `;
}
