import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { hasMember, isCommonFormat } from "../../gateway/call/client-format.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import { chatSaid, type Request, type Said, type Side } from "./chat-said.ts";
import { stringsBeside, stringsIn } from "./strings-in.ts";

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
  const request = isCommonFormat(prompt.format) ? wireSaid(prompt.wire) : chatSaid(prompt.chat());
  if (request === undefined) return undefined;
  const { rest } = request;
  if (typeof request.said === "string")
    return { said: request.said, sent: joined(request.said, rest) };
  const isLookedAt = ({ side }: { readonly side: Side }) => inspection.allRoles || side === "user";
  const matching = request.said.filter(isLookedAt);
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
  return textOf(said, matching, together(request.said).filter(isLookedAt), rest);
}

function textOf(
  said: string,
  messages: readonly Said[],
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
function together(messages: readonly Said[]): readonly Run[] {
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

/** A request in the common dialect: chat, responses, completions, or embeddings. */
function wireSaid(wire: JsonObject): Request | undefined {
  const { messages, prompt, input, instructions } = wire;
  if (hasMember(wire, "messages")) return request(turnsSaid(messages), wire, ["messages"]);
  if (hasMember(wire, "prompt")) return request(promptText(prompt), wire, ["prompt"]);
  if (!hasMember(wire, "input") && !hasMember(wire, "instructions")) return undefined;
  // Texts for vectors are no turns: all of them are looked at, whatever is asked of turns.
  const text = Array.isArray(input) && input.length === 0 ? undefined : promptText(input);
  const turns = text === undefined ? turnsSaid(input) : [turn("user", text)];
  if (typeof instructions !== "string") return request(turns, wire, ["input"]);
  const all = [turn("system", instructions), ...(turns ?? [])];
  return request(all, wire, ["input", "instructions"]);
}

/** `said` is what stands in `read`; the other members are the rest. */
function request(
  said: Request["said"] | undefined,
  wire: JsonObject,
  read: readonly string[],
): Request | undefined {
  return said === undefined ? undefined : { said, rest: stringsBeside(wire, read) };
}

function turn(side: Side, text: string): Said {
  return { side, text, parts: [text], beside: [] };
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
    const beside = stringsBeside(turn, ["role", "content"]);
    said.push({ side: sideOf(role), text, parts: stringsIn(content), beside });
  }
  return said;
}

/** A role that is none of those left out is looked at: what it means is the vendor's to say. */
function sideOf(role: Json): Side {
  switch (role) {
    case "system":
    case "developer":
      return "system";
    case "assistant":
    case "tool":
      return role;
  }
  return "user";
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
