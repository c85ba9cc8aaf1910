import { stringsIn } from "../../formats/strings-in.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import { type PromptText, promptTexts } from "../../gateway/call/prompt-texts.ts";
import type { SemanticGuardOptions } from "./options.ts";

/** What of a prompt the rules are held against. */
export interface WatchedTexts {
  /** What is said in messages: each by itself, and together where one speaks several times. */
  readonly said: readonly string[];
  /** Everything else that the vendor is sent: texts in files, names, arguments, tools, schemas. */
  readonly beside: readonly string[];
}

type Rules = Pick<
  SemanticGuardOptions["rules"],
  "match_all_conversation_history" | "match_all_roles"
>;

/** Who says something; a developer's words are the system's. */
type Side = Exclude<PromptText["role"], "developer">;

interface Message {
  readonly side: Side;
  /** The parts of the content. */
  readonly parts: string[];
  readonly beside: string[];
}

/** Undefined for what holds no text that could be looked at. */
export function watchedTexts(prompt: Prompt, rules: Rules): WatchedTexts | undefined {
  const texts = promptTexts(prompt);
  if (!texts) return undefined;
  const turns = turnsOf(messagesOf(texts));
  const ofSide = rules.match_all_roles ? turns : turns.filter(([first]) => first?.side === "user");
  const watched = rules.match_all_conversation_history ? ofSide : ofSide.slice(-1);
  const messages = watched.flat();
  const requests = texts.flatMap(({ seat, text }) => (seat === "request" ? [text] : []));
  return {
    said: distinct([
      ...messages.flatMap(({ parts }) => parts),
      ...messages.flatMap(({ parts }) => together([parts])),
      ...watched.flatMap((turn) => together(turn.map(({ parts }) => parts))),
    ]),
    beside: distinct([
      ...messages.flatMap(({ beside }) => beside),
      ...(rules.match_all_roles ? requests : []),
    ]),
  };
}

/** What tools give back often is; the model reads the texts in it. */
const IS_JSON = /^\s*[{[]/;

function messagesOf(texts: readonly PromptText[]): readonly Message[] {
  const messages = new Map<number, Message>();
  for (const { role, text, message, seat } of texts) {
    if (message === undefined) continue;
    const side = role === "developer" ? "system" : role;
    const said = messages.get(message) ?? { side, parts: [], beside: [] };
    messages.set(message, said);
    if (seat === "content") said.parts.push(text);
    else said.beside.push(text);
    if (seat === "content" && IS_JSON.test(text)) said.beside.push(...stringsIn(text, "arguments"));
  }
  return [...messages.values()];
}

/** Messages that follow each other from one side are one turn to a vendor, which takes the system's out from between. */
function turnsOf(messages: readonly Message[]): readonly (readonly Message[])[] {
  const turns: Message[][] = [];
  for (const message of messages) {
    const isSystem = message.side === "system";
    const last = turns.findLast(([first]) => (first?.side === "system") === isSystem);
    if (last?.[0]?.side === message.side && message.side !== "tool") last.push(message);
    else turns.push([message]);
  }
  return turns;
}

/** A word may be cut in two between parts, and two words may not: both readings. */
function together(said: readonly (readonly string[])[]): readonly string[] {
  const messages = said.map((parts) => parts.join(" "));
  return [messages.join("\n"), said.map((parts) => parts.join("")).join("")];
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => text.trim() !== "");
}
