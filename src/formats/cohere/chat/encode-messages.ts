import type { JsonObject } from "../../../chat/json.ts";
import type {
  AssistantMessage,
  AssistantPart,
  FilePart,
  Message,
  ReasoningPart,
  TextPart,
  ToolMessage,
} from "../../../chat/message.ts";
import { nothingToAnswer } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { encodeDocument, encodeTexts, encodeUserContent } from "./content.ts";
import { encodeAnswer } from "./encode-response.ts";
import { encodeToolCall } from "./tools.ts";

/**
 * Cohere takes text and documents from a tool, so any other file among its results follows in a
 * user message, after the last of the results that answer one turn: they may not be parted.
 */
export function encodeMessages(messages: readonly Message[], list: NoticeList): JsonObject[] {
  const wire: JsonObject[] = [];
  let files: FilePart[] = [];
  let from = "";

  function add(message: JsonObject) {
    if (!isEmpty(message)) wire.push(message);
  }

  function flushFiles() {
    if (files.length > 0) add({ role: "user", content: encodeUserContent(files, from, list) });
    files = [];
  }

  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    if (message.role !== "tool") flushFiles();
    else {
      from = `${at}.content`;
      files.push(...movedFiles(message, at, list));
    }
    add(encodeMessage(message, at, list));
  }
  flushFiles();
  if (wire.some(({ role }) => role !== "system")) return wire;
  if (wire.length === 0) throw nothingToAnswer();
  return wire.map(asUser(list));
}

/** Cohere refuses a message without content or calls, but for a tool's that said nothing. */
function isEmpty({ role, content, tool_calls: calls }: JsonObject): boolean {
  if (role === "tool" || calls !== undefined) return false;
  return (
    content === undefined || content === "" || (Array.isArray(content) && content.length === 0)
  );
}

/** "at least one message that is not a system message is required" */
function asUser(list: NoticeList) {
  return (message: JsonObject, i: number, { length }: readonly JsonObject[]): JsonObject => {
    if (i < length - 1) return message;
    list.approximated("messages", "Cohere answers no system prompt alone: the last is the user's.");
    return { ...message, role: "user" };
  };
}

function movedFiles(message: ToolMessage, at: string, list: NoticeList): FilePart[] {
  const files = message.content.flatMap((part) =>
    part.type === "file" && !encodeDocument(part) ? [part] : [],
  );
  if (files.length > 0) {
    const reason = "Cohere takes text and JSON from a tool; the files follow as a user message.";
    list.approximated(`${at}.content`, reason);
  }
  return files;
}

function encodeMessage(message: Message, at: string, list: NoticeList): JsonObject {
  switch (message.role) {
    case "system":
      return { role: "system", content: encodeTexts(message.content) };
    case "user":
      return {
        role: "user",
        content: encodeUserContent(message.content, `${at}.content`, list),
      };
    case "assistant":
      return encodeAssistant(message, at, list);
    case "tool":
      return encodeTool(message, at, list);
  }
}

function encodeTool(message: ToolMessage, at: string, list: NoticeList): JsonObject {
  if (message.failed) {
    list.dropped(`${at}.failed`, "Cohere has no mark for a failed tool; its text stands alone.");
  }
  const parts = message.content.flatMap((part): JsonObject[] => {
    if (part.type === "text") return [{ type: "text", text: part.text }];
    const document = encodeDocument(part);
    return document ? [document] : [];
  });
  const [first] = parts;
  const only = parts.length === 1 && first?.type === "text" ? first.text : undefined;
  return {
    role: "tool",
    tool_call_id: message.callId,
    content: parts.length === 0 ? "" : (only ?? parts),
  };
}

function encodeAssistant(message: AssistantMessage, at: string, list: NoticeList): JsonObject {
  const said = message.content.flatMap((part, i) => sayable(part, `${at}.content[${i}]`, list));
  const calls = message.content.flatMap((part, i) =>
    part.type === "tool-call" ? [encodeToolCall(part, `${at}.content[${i}]`, list)] : [],
  );
  const answer = encodeAnswer(said, calls);
  return answer.content || calls.length > 0 ? answer : { ...answer, content: "" };
}

function sayable(
  part: AssistantPart,
  at: string,
  list: NoticeList,
): readonly (TextPart | ReasoningPart)[] {
  switch (part.type) {
    case "text":
      if (part.signature !== undefined) dropSignature(at, list);
      return [part];
    case "reasoning":
      return sayableReasoning(part, at, list);
    case "refusal":
      list.approximated(at, "Cohere has no seat for a refusal; it is said as text.");
      return [{ type: "text", text: part.text }];
    case "tool-call":
      return [];
    case "file":
      list.dropped(at, "Cohere has no seat for a file in an assistant turn.");
      return [];
  }
}

function dropSignature(at: string, list: NoticeList) {
  list.dropped(`${at}.signature`, "Cohere has no seat for another vendor's signature.");
}

function sayableReasoning(part: ReasoningPart, at: string, list: NoticeList): ReasoningPart[] {
  if (part.signature !== undefined) dropSignature(at, list);
  if (part.redacted !== undefined) {
    list.dropped(`${at}.redacted`, "Cohere cannot read another vendor's encrypted reasoning.");
  }
  return part.text === "" ? [] : [{ type: "reasoning", text: part.text }];
}
