import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { AssistantPart, Message } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { stringsBeside, stringsIn, textOfBytes, WORDLESS } from "../../formats/strings-in.ts";
import { hasMember, isCommonFormat } from "./client-format.ts";
import type { Prompt } from "./prompt.ts";

/** One text of a request that its vendor is sent. */
export interface PromptText {
  /** Whose words. An unknown role is a user's, and so is what stands beside the messages: the client wrote it. */
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly text: string;
  /** Which message, counted from 0 in the request's order; undefined for what stands beside them all. */
  readonly message: number | undefined;
  readonly seat: Seat;
}

/**
 * - `content`: what is said. A message whose content holds no words, such as a picture, has an empty one.
 *   A list of prompts, or of texts for vectors, is one text with blanks between: it is no conversation.
 * - `inside`: other texts of the content: a text file's, those of parts that nobody knows
 * - `beside`: texts of the message beside its content: names, calls of tools, members that nobody knows
 * - `request`: texts of the request beside its messages: tools, schemas, stop words
 */
export type Seat = "content" | "inside" | "beside" | "request";

/**
 * Every text of a request in its order, instructions and results of tools among them. Undefined where
 * it holds no prompt, or one that cannot be looked at, such as token ids: that must not pass as a
 * prompt that says nothing. Throws `invalid_request` where a vendor's own dialect does not decode.
 */
export function promptTexts(prompt: Prompt): readonly PromptText[] | undefined {
  return isCommonFormat(prompt.format) ? wireTexts(prompt.wire) : chatTexts(prompt.chat());
}

/** A request in the common dialect: chat, responses, completions, or embeddings. */
function wireTexts(wire: JsonObject): readonly PromptText[] | undefined {
  const { messages, prompt, input, instructions } = wire;
  if (hasMember(wire, "messages")) return withRest(turns(messages, 0), wire, ["messages"]);
  if (hasMember(wire, "prompt")) return withRest(listed(prompt, 0), wire, ["prompt"]);
  if (!hasMember(wire, "input") && !hasMember(wire, "instructions")) return undefined;
  const own = typeof instructions === "string" ? instructions : undefined;
  const at = own === undefined ? 0 : 1;
  const isEmpty = Array.isArray(input) && input.length === 0;
  const texts = (isEmpty ? undefined : listed(input, at)) ?? turns(input, at);
  if (own === undefined) return withRest(texts, wire, ["input"]);
  const told: PromptText = { role: "system", text: own, message: 0, seat: "content" };
  return withRest([told, ...(texts ?? [])], wire, ["input", "instructions"]);
}

function withRest(
  texts: readonly PromptText[] | undefined,
  wire: JsonObject,
  read: readonly string[],
): readonly PromptText[] | undefined {
  return texts && [...texts, ...ofRequest(stringsBeside(wire, read))];
}

function ofRequest(texts: readonly string[]): readonly PromptText[] {
  return texts.map((text) => ({ role: "user", text, message: undefined, seat: "request" }));
}

/** A text, or texts that are no turns; undefined for anything else: token ids cannot be looked at. */
function listed(value: Json | undefined, message: number): readonly PromptText[] | undefined {
  const texts: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
  if (!texts.every((text) => typeof text === "string")) return undefined;
  return [{ role: "user", text: texts.join(" "), message, seat: "content" }];
}

function turns(value: Json | undefined, first: number): readonly PromptText[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const list: readonly Json[] = value;
  const found: PromptText[] = [];
  for (const [at, turn] of list.entries()) {
    if (!isJsonObject(turn)) return undefined;
    const { role = "user", content } = turn;
    const said = saidBy(roleOf(role), first + at, found);
    if (!contentTexts(content, said)) return undefined;
    said.add("beside", stringsBeside(turn, ["role", "content"]));
  }
  return found;
}

type Said = ReturnType<typeof saidBy>;

/** Collects what one message says. */
function saidBy(role: PromptText["role"], message: number, found: PromptText[]) {
  let hasWords = false;
  const add = (seat: Seat, texts: readonly string[]) => {
    hasWords ||= seat === "content";
    for (const text of texts) found.push({ role, text, message, seat });
  };
  /** Content without words is a message still; a result of a tool parts what is said around it, and be it empty. */
  const end = (hasContent: boolean) => {
    if (!hasWords && (hasContent || role === "tool")) add("content", [""]);
  };
  return { add, end };
}

/** A role that is none of those that may be left out is looked at: what it means is the vendor's to say. */
function roleOf(role: Json): PromptText["role"] {
  switch (role) {
    case "system":
    case "developer":
    case "assistant":
    case "tool":
      return role;
  }
  return "user";
}

/** False for what cannot be looked at. */
function contentTexts(content: Json | undefined, said: Said): boolean {
  const hasContent = content !== undefined && content !== null;
  if (typeof content === "string") wordsOf(content, said);
  else if (hasContent) {
    if (!Array.isArray(content)) return false;
    const parts: readonly Json[] = content;
    for (const part of parts) {
      if (typeof part === "string") wordsOf(part, said);
      else if (isJsonObject(part)) partTexts(part, said);
      else return false;
    }
  }
  said.end(hasContent);
  return true;
}

/** `text`, `input_text`, `output_text` and `refusal` parts hold words; what else stands in a part may be a file's text. */
function partTexts(part: JsonObject, said: Said): void {
  for (const name in part) {
    const value = part[name];
    const isWords = typeof value === "string" && (name === "text" || name === "refusal");
    if (isWords) wordsOf(value, said);
    else said.add("inside", stringsIn(value, name));
  }
}

/** Words that are a file's address hold that file too. */
function wordsOf(text: string, said: Said): void {
  const found = stringsIn(text);
  if (found.length > 1) said.add("inside", found.slice(0, -1));
  said.add("content", [text]);
}

/** A request in a vendor's own dialect, by what it means. */
function chatTexts(chat: ChatRequest): readonly PromptText[] {
  const { messages, tools = [], responseFormat, stop = [], user, extra } = chat;
  const found: PromptText[] = [];
  for (const [at, message] of messages.entries()) messageTexts(message, at, found);
  return [
    ...found,
    ...ofRequest(stringsIn({ tools, responseFormat, user })),
    ...ofRequest(extraTexts(extra)),
    ...ofRequest(stop),
  ];
}

/** What has no seat of its own stands under its path. */
function extraTexts(extra: ChatRequest["extra"]): readonly string[] {
  return Object.entries(extra ?? {}).flatMap(([path, value]) =>
    stringsIn(value, path.slice(path.lastIndexOf(".") + 1)),
  );
}

function messageTexts(message: Message, at: number, found: PromptText[]): void {
  const content: readonly AssistantPart[] = message.content;
  const said = saidBy(message.role, at, found);
  for (const part of content) {
    if ("text" in part) said.add("content", [part.text]);
    else said.add("inside", fileTexts(part));
  }
  said.end(content.length > 0);
  said.add("beside", content.flatMap(besideText));
  if (message.role !== "tool" && message.name !== undefined) said.add("beside", [message.name]);
}

function fileTexts(part: AssistantPart): readonly string[] {
  if (part.type !== "file" || part.source.kind !== "base64") return [];
  return WORDLESS.test(part.mediaType) ? [] : textOfBytes(part.source.data, part.mediaType);
}

function besideText(part: AssistantPart): readonly string[] {
  switch (part.type) {
    case "tool-call":
      return [part.name, ...stringsIn(part.arguments, "arguments")];
    case "file":
      return part.name === undefined ? [] : [part.name];
    case "text":
      return stringsIn(part.annotations);
    case "refusal":
    case "reasoning":
      return [];
  }
}
