import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import type {
  AssistantMessage,
  FilePart,
  Message,
  TextPart,
  ToolMessage,
} from "../../../chat/message.ts";
import { isJsonArray, nothingToAnswer } from "../../fields.ts";
import { inlineText } from "../../inline-files.ts";
import type { NoticeList } from "../../notice-list.ts";
import { toolInput } from "../../tools.ts";
import { encodeCall } from "./tools.ts";

/**
 * The last turn is the `message`, or the `tool_results`; a system turn at the head is the
 * `preamble`; the others are the history, system turns in their place.
 */
export function encodeMessages(messages: readonly Message[], list: NoticeList): JsonObject {
  const turns = turnsOf(messages, list);
  const [first] = turns;
  const preamble = first?.role === "SYSTEM" && turns.length > 1 ? turns.shift() : undefined;
  const last = turns.pop();
  if (!last) throw nothingToAnswer();
  if (last.role !== "USER" && last.role !== "TOOL") {
    const reason =
      "Cohere's first API ends with the user's words; the last turn is sent as theirs.";
    list.approximated(`messages[${messages.length - 1}].role`, reason);
  }
  return {
    message: last.message ?? "",
    ...(preamble && { preamble: preamble.message ?? "" }),
    ...(turns.length > 0 && { chat_history: turns }),
    ...(last.role === "TOOL" && { tool_results: last.tool_results }),
  };
}

type Turn = JsonObject & { readonly role: string; readonly message?: string };

/** Results that follow one another answer one turn and stand together. */
function turnsOf(messages: readonly Message[], list: NoticeList): Turn[] {
  const turns: Turn[] = [];
  const calls = new Map<string, JsonObject>();
  let results: JsonObject[] | undefined;
  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    if (message.role !== "tool") {
      const turn = encodeTurn(message, at, calls, list);
      if (turn.message === "" && turn.tool_calls === undefined) continue;
      results = undefined;
      turns.push(turn);
      continue;
    }
    if (!results) {
      results = [];
      turns.push({ role: "TOOL", tool_results: results });
    }
    results.push(encodeResult(message, at, calls, list));
  }
  return turns;
}

function encodeTurn(
  message: Exclude<Message, ToolMessage>,
  at: string,
  calls: Map<string, JsonObject>,
  list: NoticeList,
): Turn {
  switch (message.role) {
    case "system":
      return { role: "SYSTEM", message: textOf(message.content, at, list) };
    case "user":
      return { role: "USER", message: textOf(message.content, at, list) };
    case "assistant":
      return encodeAssistant(message, at, calls, list);
  }
}

/** This API takes one string where others take parts. */
function textOf(parts: readonly (TextPart | FilePart)[], at: string, list: NoticeList): string {
  const texts = parts.flatMap((part, i) => {
    if (part.type === "text") return [part.text];
    const text = inlineText(part);
    const place = `${at}.content[${i}]`;
    if (text)
      list.approximated(place, "Cohere's first API takes text only; the file's stands here.");
    else list.dropped(place, "Cohere's first API takes text only.");
    return text ? [text.text] : [];
  });
  return texts.join("\n");
}

const NO_SEAT = "Cohere's first API has no seat for it in the history.";

function encodeAssistant(
  message: AssistantMessage,
  at: string,
  calls: Map<string, JsonObject>,
  list: NoticeList,
): Turn {
  const texts: string[] = [];
  const made: JsonObject[] = [];
  for (const [i, part] of message.content.entries()) {
    switch (part.type) {
      case "text":
        if (part.annotations) list.dropped(`${at}.content[${i}].annotations`, NO_SEAT);
        if (part.signature !== undefined) list.dropped(`${at}.content[${i}].signature`, NO_SEAT);
        texts.push(part.text);
        break;
      case "refusal":
        list.approximated(`${at}.content[${i}]`, "Cohere has no seat for a refusal; it is text.");
        texts.push(part.text);
        break;
      case "tool-call": {
        if (part.signature !== undefined) list.dropped(`${at}.content[${i}].signature`, NO_SEAT);
        if (part.custom || !toolInput(part.arguments)) {
          const reason = "Cohere takes an object: the arguments are its member `input`.";
          list.approximated(`${at}.content[${i}]`, reason);
        }
        const call = encodeCall(part);
        calls.set(part.id, call);
        made.push(call);
        break;
      }
      case "reasoning":
      case "file":
        list.dropped(`${at}.content[${i}]`, NO_SEAT);
        break;
    }
  }
  const text = texts.join("");
  return { role: "CHATBOT", message: text, ...(made.length > 0 && { tool_calls: made }) };
}

function encodeResult(
  message: ToolMessage,
  at: string,
  calls: ReadonlyMap<string, JsonObject>,
  list: NoticeList,
): JsonObject {
  if (message.failed) {
    list.dropped(`${at}.failed`, "Cohere has no mark for a failed tool; its text stands alone.");
  }
  const call = calls.get(message.callId) ?? { name: message.callId, parameters: {} };
  return { call, outputs: outputsOf(textOf(message.content, at, list), at, list) };
}

/** Outputs are objects: text that is none is the member `output` of one, and so is any other JSON. */
function outputsOf(text: string, at: string, list: NoticeList): JsonObject[] {
  const value = structured(text);
  if (isJsonObject(value)) return [value];
  if (isJsonArray(value) && value.length > 0 && value.every(isJsonObject)) return [...value];
  if (value !== undefined) {
    list.approximated(at, "Cohere's first API takes objects: the result is the member `output`.");
  }
  return [{ output: text }];
}

/** Undefined for a plain text, such as `sunny` or `21`. */
function structured(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}
