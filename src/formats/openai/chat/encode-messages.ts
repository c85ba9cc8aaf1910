import type { Json, JsonObject } from "../../../chat/json.ts";
import type {
  AssistantMessage,
  AssistantPart,
  FilePart,
  Message,
  TextPart,
  ToolMessage,
} from "../../../chat/message.ts";
import type { Notice } from "../../../chat/request.ts";
import { leftoversBeside } from "../../leftovers.ts";
import { encodeAnnotations } from "./annotations.ts";
import { encodeContent } from "./content.ts";
import { encodeReasoning, extraContent } from "./reasoning.ts";
import { encodeToolCall } from "./tools.ts";

/**
 * Tool messages hold text only on this wire, so files among a tool's results follow in a user
 * message. It stands after the last of the results that answer one turn: they may not be parted.
 * `extra` brings back what a client of this dialect wrote into a message beside what has a seat.
 */
export function encodeMessages(
  messages: readonly Message[],
  extra: JsonObject,
  notices: Notice[],
): JsonObject[] {
  const wire: JsonObject[] = [];
  let files: FilePart[] = [];

  function flushFiles() {
    if (files.length > 0) wire.push({ role: "user", content: encodeContent(files) });
    files = [];
  }

  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    if (message.role !== "tool") flushFiles();
    else files.push(...movedFiles(message, at, notices));
    const encoded = encodeMessage(message, at, notices);
    const beside = leftoversBeside(extra, at);
    wire.push(beside ? { ...encoded, ...beside } : encoded);
  }
  flushFiles();
  return wire;
}

function movedFiles(message: ToolMessage, at: string, notices: Notice[]): FilePart[] {
  const files = message.content.filter((part) => part.type === "file");
  if (files.length > 0) {
    const reason = "OpenAI Chat takes only text from a tool; the files follow as a user message.";
    notices.push({ kind: "approximated", field: `${at}.content`, reason });
  }
  return files;
}

function encodeMessage(message: Message, at: string, notices: Notice[]): JsonObject {
  switch (message.role) {
    case "system": {
      const role = message.developer ? "developer" : "system";
      return { role, content: encodeContent(message.content), ...nameOf(message) };
    }
    case "user":
      return { role: "user", content: encodeContent(message.content), ...nameOf(message) };
    case "assistant":
      return encodeAssistant(message, at, notices);
    case "tool":
      return encodeTool(message, at, notices);
  }
}

function nameOf(message: { readonly name?: string }): JsonObject {
  return message.name === undefined ? {} : { name: message.name };
}

function encodeTool(message: ToolMessage, at: string, notices: Notice[]): JsonObject {
  if (message.failed) {
    const reason = "OpenAI Chat has no mark for a failed tool; the result's text stands alone.";
    notices.push({ kind: "dropped", field: `${at}.failed`, reason });
  }
  const texts = message.content.filter((part) => part.type === "text");
  const onlyFiles = texts.length === 0 && message.content.length > 0;
  const content = onlyFiles ? "" : encodeContent(texts);
  return { role: "tool", tool_call_id: message.callId, content };
}

function encodeAssistant(message: AssistantMessage, at: string, notices: Notice[]): JsonObject {
  const texts = partsOf(message.content, "text");
  const refusal = partsOf(message.content, "refusal");
  const calls = partsOf(message.content, "tool-call");
  if (message.content.some((part) => part.type === "file")) {
    const reason = "OpenAI Chat has no seat for a file in an assistant turn.";
    notices.push({ kind: "dropped", field: `${at}.content`, reason });
  }
  const annotations = encodeAnnotations(texts);
  return {
    role: "assistant",
    ...encodeText(texts),
    ...nameOf(message),
    ...(annotations.length > 0 && { annotations }),
    ...(refusal.length > 0 && { refusal: refusal.map((part) => part.text).join("") }),
    ...encodeReasoning(partsOf(message.content, "reasoning")),
    ...(calls.length > 0 && { tool_calls: calls.map(encodeToolCall) }),
  };
}

/** A lone text's signature stands at the message, where Google's own endpoint puts it. */
function encodeText(texts: readonly TextPart[]): { content: Json; extra_content?: JsonObject } {
  const [first] = texts;
  if (!first) return { content: null };
  if (texts.length > 1 || first.signature === undefined || first.cache) {
    return { content: encodeContent(texts) };
  }
  return { content: first.text, extra_content: extraContent(first.signature) };
}

function partsOf<Type extends AssistantPart["type"]>(
  parts: readonly AssistantPart[],
  type: Type,
): Extract<AssistantPart, { type: Type }>[] {
  return parts.filter((part): part is Extract<AssistantPart, { type: Type }> => part.type === type);
}
