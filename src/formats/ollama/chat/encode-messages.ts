import type { JsonObject } from "../../../chat/json.ts";
import type { AssistantMessage, Message, ToolMessage } from "../../../chat/message.ts";
import { nothingToAnswer } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { toolInput } from "../../tools.ts";
import { encodeParts } from "../images.ts";
import { encodeCall } from "./tools.ts";

/** Results name their tool here, so the calls before them are remembered. */
export function encodeMessages(messages: readonly Message[], list: NoticeList): JsonObject[] {
  const names = new Map<string, string>();
  const wire: JsonObject[] = [];
  for (const [i, message] of messages.entries()) {
    if (message.role === "assistant") {
      for (const part of message.content) {
        if (part.type === "tool-call") names.set(part.id, part.name);
      }
    }
    const encoded = encodeMessage(message, `messages[${i}]`, names, list);
    if (!wasEmptied(message, encoded)) wire.push(encoded);
  }
  if (wire.length === 0 && messages.length > 0) throw nothingToAnswer();
  return wire;
}

/** What it held was left out: without words and images Ollama answers nothing. */
function wasEmptied({ role, content }: Message, encoded: JsonObject): boolean {
  if (role !== "user" || encoded.content !== "" || encoded.images !== undefined) return false;
  return content.some(({ type }) => type === "file");
}

function encodeMessage(
  message: Message,
  at: string,
  names: ReadonlyMap<string, string>,
  list: NoticeList,
): JsonObject {
  switch (message.role) {
    case "system":
    case "user": {
      const { text, images } = encodeParts(message.content, `${at}.content`, list);
      return { role: message.role, content: text, ...withImages(images) };
    }
    case "assistant":
      return encodeAssistant(message, at, list);
    case "tool":
      return encodeTool(message, at, names.get(message.callId), list);
  }
}

function withImages(images: readonly string[]): JsonObject {
  return images.length > 0 ? { images } : {};
}

function encodeTool(
  message: ToolMessage,
  at: string,
  name: string | undefined,
  list: NoticeList,
): JsonObject {
  if (message.failed) {
    list.dropped(`${at}.failed`, "Ollama has no mark for a failed tool; its text stands alone.");
  }
  const { text, images } = encodeParts(message.content, `${at}.content`, list);
  return {
    role: "tool",
    content: text,
    ...withImages(images),
    ...(name !== undefined && { tool_name: name }),
    tool_call_id: message.callId,
  };
}

function encodeAssistant(message: AssistantMessage, at: string, list: NoticeList): JsonObject {
  const texts: string[] = [];
  const thoughts: string[] = [];
  const calls: JsonObject[] = [];
  for (const [i, part] of message.content.entries()) {
    const place = `${at}.content[${i}]`;
    switch (part.type) {
      case "text":
        if (part.signature !== undefined) dropSignature(place, list);
        if (part.annotations) list.dropped(`${place}.annotations`, "Ollama has no citations.");
        texts.push(part.text);
        break;
      case "refusal":
        list.approximated(place, "Ollama has no seat for a refusal; it is said as text.");
        texts.push(part.text);
        break;
      case "reasoning":
        if (part.signature !== undefined) dropSignature(place, list);
        if (part.redacted !== undefined) {
          list.dropped(`${place}.redacted`, "Ollama cannot read encrypted reasoning.");
        }
        thoughts.push(part.text);
        break;
      case "tool-call":
        if (part.signature !== undefined) dropSignature(place, list);
        if (part.custom || !toolInput(part.arguments)) {
          const reason = "Ollama's arguments are an object; the text stands in its member `input`.";
          list.approximated(place, reason);
        }
        calls.push(encodeCall(part, calls.length));
        break;
      case "file":
        list.dropped(place, "Ollama has no seat for a file in an assistant turn.");
        break;
    }
  }
  const thinking = thoughts.join("");
  return {
    role: "assistant",
    content: texts.join(""),
    ...(thinking !== "" && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function dropSignature(at: string, list: NoticeList) {
  list.dropped(`${at}.signature`, "Ollama has no seat for another vendor's signature.");
}
