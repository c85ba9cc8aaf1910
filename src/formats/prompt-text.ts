import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { stringsBeside, stringsIn, textOfBytes, WORDLESS } from "./strings-in.ts";

/** One text of a request that its vendor is sent. */
export interface PromptText {
  /** Whose words. An unknown role is a user's, and so is what stands beside the messages: the client wrote it. */
  readonly role: Role;
  readonly text: string;
  /** Which message, counted from 0 among those that say something; undefined for what stands beside them all. */
  readonly message: number | undefined;
  readonly seat: Seat;
}

export type Role = "system" | "developer" | "user" | "assistant" | "tool";

/**
 * - `content`: what is said. A message whose content holds no words, such as a picture, has an empty one.
 *   A list of prompts, or of texts for vectors, is one text with blanks between: it is no conversation.
 * - `inside`: other texts of the content: a text file's, thoughts, those of parts that nobody knows
 * - `beside`: texts of the message beside its content: names, calls of tools, members that nobody knows
 * - `request`: texts of the request beside its messages: tools, schemas, stop words
 */
export type Seat = "content" | "inside" | "beside" | "request";

/** Collects what one message says, in its order. */
export interface Said {
  add(seat: Exclude<Seat, "request">, texts: readonly string[]): void;
  /** Words that are a file's address hold that file too. */
  words(text: string): void;
  /** Every text in what holds no words of its own. */
  inside(value: unknown, key?: string): void;
  file(base64: string, mediaType: string): void;
  /** Every text in the other members of a turn. */
  beside(turn: JsonObject, read: readonly string[]): void;
  call(name: unknown, args: unknown): void;
  /** A tool's result among the words is a message of its own, and what follows it another. */
  result(tell: (result: Said) => void): void;
  /** Content without words is a message still; a tool's result parts what is said around it, and be it empty. */
  end(hasContent: boolean): void;
}

export type TextList = ReturnType<typeof textList>;

/** Collects the texts of one request. */
export function textList() {
  const found: PromptText[] = [];
  let count = 0;

  function message(role: Role): Said {
    let at: number | undefined;
    let isTold = false;
    const said: Said = {
      add(seat, texts) {
        if (texts.length === 0) return;
        at ??= count++;
        isTold ||= seat === "content";
        for (const text of texts) found.push({ role, text, message: at, seat });
      },
      words(text) {
        const strings = stringsIn(text);
        if (strings.length > 1) said.add("inside", strings.slice(0, -1));
        said.add("content", [text]);
      },
      inside: (value, key = "") => said.add("inside", stringsIn(value, key)),
      file(base64, mediaType) {
        if (!WORDLESS.test(mediaType)) said.add("inside", textOfBytes(base64, mediaType));
      },
      beside: (turn, read) => said.add("beside", stringsBeside(turn, read)),
      call(name, args) {
        const text = typeof args === "string" ? args : (JSON.stringify(args) ?? "");
        said.add("beside", [...stringsIn(name), ...stringsIn(text, "arguments")]);
      },
      result(tell) {
        const result = message("tool");
        tell(result);
        result.end(true);
        at = undefined;
        isTold = true;
      },
      end(hasContent) {
        if (!isTold && (hasContent || role === "tool")) said.add("content", [""]);
      },
    };
    return said;
  }

  /** A message of so many words. */
  function tell(role: Role, text: string): void {
    message(role).words(text);
  }

  /** All of it, with the texts in the members of the request that are not `read`. */
  function withRest(wire: JsonObject, read: readonly string[]): readonly PromptText[] {
    for (const text of stringsBeside(wire, read)) {
      found.push({ role: "user", text, message: undefined, seat: "request" });
    }
    return found;
  }

  return { message, tell, withRest };
}

/**
 * Content that is a text or a list of parts. False for what cannot be looked at: it must not pass as nothing.
 */
export function readContent(
  content: Json | undefined,
  said: Said,
  read: (part: JsonObject, said: Said) => void,
): boolean {
  const hasContent = content !== undefined && content !== null;
  if (typeof content === "string") said.words(content);
  else if (hasContent) {
    if (!Array.isArray(content)) return false;
    const parts: readonly Json[] = content;
    for (const part of parts) {
      if (typeof part === "string") said.words(part);
      else if (isJsonObject(part)) read(part, said);
      else return false;
    }
  }
  said.end(hasContent);
  return true;
}

/** A part whose own `text` or `refusal` are words; what else stands in it may be a file's text. */
export function readPart(part: JsonObject, said: Said): void {
  for (const name in part) {
    const value = part[name];
    const isWords = typeof value === "string" && (name === "text" || name === "refusal");
    if (isWords) said.words(value);
    else said.inside(value, name);
  }
}

/** Each turn of a list that is not empty. False where there is none, or one that cannot be looked at. */
export function readTurns(turns: Json | undefined, read: (turn: JsonObject) => boolean): boolean {
  if (!isFilledList(turns)) return false;
  for (const turn of turns) if (!isJsonObject(turn) || !read(turn)) return false;
  return true;
}

export function isFilledList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value) && value.length > 0;
}

export function isFilledText(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "";
}
