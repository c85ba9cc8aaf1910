import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type {
  AssistantPart,
  FilePart,
  Message,
  SystemMessage,
  TextPart,
} from "../../chat/message.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredString,
} from "../fields.ts";
import { proseOf, traceOf } from "./answer.ts";
import { decodeFileData, decodeInlineData } from "./encode-parts.ts";
import { decodeResult } from "./tools.ts";
import { camelKeys, listed, present, SIGNER } from "./wire.ts";

export function decodeSystem(value: Json): SystemMessage | undefined {
  const parts = partsOf(typeof value === "string" ? [{ text: value }] : value, "systemInstruction");
  const content = objectsOf(parts, "systemInstruction.parts", (part, at): TextPart => {
    return { type: "text", text: requiredString(part, "text", at) };
  });
  return content.length > 0 ? { role: "system", content } : undefined;
}

function partsOf(value: Json, at: string): readonly Json[] {
  const written = isJsonObject(value) ? listed(value.parts ?? []) : value;
  if (isJsonArray(written)) return written;
  throw invalidField(`${at}.parts`, "must be an array");
}

/**
 * Contents in the order they were said. A result finds its call by id, or else by name among the
 * calls that are still unanswered; an id that is missing is made of the call's place.
 */
export function decodeContents(value: Json): Message[] {
  const contents = typeof value === "string" ? [{ parts: [{ text: value }] }] : listed(value);
  if (!isJsonArray(contents)) throw invalidField("contents", "is required and must be an array");
  const calls = callBook();
  const messages = objectsOf(contents, "contents", (content, at) => {
    const role = optionalString(content, "role", at) ?? "user";
    const parts = partsOf({ parts: content.parts ?? [] }, at);
    const read = objectsOf(parts, `${at}.parts`, (part, partAt) => ({
      part: camelKeys(part),
      at: partAt,
    }));
    if (MODEL_ROLES.has(role)) return [decodeModel(read, calls)];
    if (USER_ROLES.has(role)) return decodeUser(read, calls);
    throw invalidField(`${at}.role`, "must be user or model");
  }).flat();
  return oneTurnEach(messages);
}

/**
 * Google's clients keep each chunk of a streamed answer as a content of its own: neighbouring ones
 * are one turn again, and the pieces of a text one text.
 */
function oneTurnEach(messages: readonly Message[]): Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role !== "assistant" || last?.role !== "assistant") turns.push(message);
    else
      turns[turns.length - 1] = {
        role: "assistant",
        content: joined(last.content, message.content),
      };
  }
  return turns;
}

/** A signed text stays the part it was; a signed thought ends the thoughts before it. */
function joined(
  before: readonly AssistantPart[],
  [next, ...after]: readonly AssistantPart[],
): readonly AssistantPart[] {
  const last = before.at(-1);
  if (!next) return before;
  if (last?.type === "text" && next.type === "text" && !last.signature && !next.signature) {
    return [...before.slice(0, -1), { ...last, text: last.text + next.text }, ...after];
  }
  if (last?.type === "reasoning" && next.type === "reasoning" && !last.signature) {
    return [...before.slice(0, -1), { ...next, text: last.text + next.text }, ...after];
  }
  return [...before, next, ...after];
}

const MODEL_ROLES = new Set(["model", "assistant"]);
const USER_ROLES = new Set(["user", "human", "function", "tool"]);

interface PlacedPart {
  readonly part: JsonObject;
  readonly at: string;
}

type CallBook = ReturnType<typeof callBook>;

function callBook() {
  const unanswered: { readonly id: string; readonly name: string }[] = [];
  let count = 0;

  function made(): string {
    const id = `call_${count}`;
    count++;
    return id;
  }

  return {
    open(id: string | undefined, name: string): string {
      const call = { id: id ?? made(), name };
      unanswered.push(call);
      return call.id;
    },
    answer(id: string | undefined, name: string): string {
      const at = unanswered.findIndex((call) =>
        id === undefined ? call.name === name : call.id === id,
      );
      const [call] = at < 0 ? [] : unanswered.splice(at, 1);
      return id ?? call?.id ?? made();
    },
  };
}

function decodeModel(parts: readonly PlacedPart[], calls: CallBook): Message {
  const content = parts.flatMap(({ part, at }): AssistantPart[] => {
    const proof = present("signature", optionalString(part, "thoughtSignature", at));
    const call = optionalObject(part, "functionCall", at);
    if (call) {
      const name = requiredString(call, "name", `${at}.functionCall`);
      const id = calls.open(optionalString(call, "id", `${at}.functionCall`), name);
      const args = optionalObject(call, "args", `${at}.functionCall`) ?? {};
      return [{ type: "tool-call", id, name, arguments: JSON.stringify(args), ...proof }];
    }
    if (optionalBoolean(part, "thought", at)) {
      const text = optionalString(part, "text", at) ?? "";
      return [{ type: "reasoning", text, ...proof, ...(proof.signature && { signer: SIGNER }) }];
    }
    const file = fileOf(part, at);
    if (file) return [file];
    const text = optionalString(part, "text", at) ?? unseated(part);
    return text === "" && !proof.signature ? [] : [{ type: "text", text, ...proof }];
  });
  return { role: "assistant", content };
}

/** Code that ran is told as text; so are the traces of Google's own tools, as the JSON they are. */
function unseated(part: JsonObject): string {
  return traceOf(part) || proseOf(part);
}

function fileOf(part: JsonObject, at: string): FilePart | undefined {
  const inline = optionalObject(part, "inlineData", at);
  if (inline) return decodeInlineData(inline, `${at}.inlineData`);
  const file = optionalObject(part, "fileData", at);
  return file && decodeFileData(file, `${at}.fileData`);
}

/** Results come first, each as a message of its own. */
function decodeUser(parts: readonly PlacedPart[], calls: CallBook): Message[] {
  const messages: Message[] = [];
  let content: (TextPart | FilePart)[] = [];

  function flush() {
    if (content.length > 0) messages.push({ role: "user", content });
    content = [];
  }

  for (const { part, at } of parts) {
    const result = optionalObject(part, "functionResponse", at);
    if (!result) {
      content.push(userPart(part, at));
      continue;
    }
    flush();
    const name = requiredString(result, "name", `${at}.functionResponse`);
    const callId = calls.answer(optionalString(result, "id", `${at}.functionResponse`), name);
    messages.push({ role: "tool", callId, ...decodeResult(result, `${at}.functionResponse`) });
  }
  flush();
  return messages.length > 0 ? messages : [{ role: "user", content: [] }];
}

function userPart(part: JsonObject, at: string): TextPart | FilePart {
  const file = fileOf(part, at);
  if (file) return file;
  const text = optionalString(part, "text", at);
  if (text === undefined) {
    throw invalidField(at, "must have text, inlineData, fileData or functionResponse");
  }
  return {
    type: "text",
    text,
    ...present("signature", optionalString(part, "thoughtSignature", at)),
  };
}
