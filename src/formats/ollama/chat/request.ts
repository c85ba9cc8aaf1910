import type { Json, JsonObject } from "../../../chat/json.ts";
import type { AssistantPart, Message, TextPart, ToolCallPart } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import {
  invalidField,
  objectsOf,
  optionalArray,
  optionalString,
  requiredArray,
  requiredString,
  withoutAbsent,
} from "../../fields.ts";
import { dropCachePoints, dropNames, noticeList } from "../../notice-list.ts";
import { decodeFunctionTool } from "../../tools.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { decodeImage } from "../images.ts";
import {
  decodeOllamaOptions,
  encodeOllamaOptions,
  OLLAMA_MEMBERS,
  ollamaExtra,
} from "../options.ts";
import { encodeMessages } from "./encode-messages.ts";
import { decodeCall, encodeTools } from "./tools.ts";

/** Ollama's chat (https://docs.ollama.com/api/chat). */
export const FORMAT_NAME = "ollama-chat";

const SEATED = new Set<string>([...OLLAMA_MEMBERS, "messages", "tools"]);

/** https://docs.ollama.com/api/chat. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const tools = optionalArray(wire, "tools", "");
  const extra = ollamaExtra(wire, SEATED);
  return {
    kind: "chat",
    messages: decodeMessages(requiredArray(wire, "messages", "")),
    ...decodeOllamaOptions(wire),
    ...(tools && { tools: objectsOf(tools, "tools", decodeFunctionTool) }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  const wire = withoutAbsent({
    ...encodeOllamaOptions(chat, FORMAT_NAME, list),
    messages: encodeMessages(chat.messages, list),
    tools: encodeTools(chat, list),
  });
  return { wire, notices: list.notices };
}

/**
 * Calls and results may have no ids on this wire: a result then answers the first call of its name
 * that has no result yet, or the first of all.
 */
function decodeMessages(wire: readonly Json[]): Message[] {
  const open: ToolCallPart[] = [];

  function answered(result: JsonObject, at: string): string {
    const id = optionalString(result, "tool_call_id", at);
    const name = optionalString(result, "tool_name", at) ?? optionalString(result, "name", at);
    const fits = (call: ToolCallPart) =>
      id === undefined ? name === undefined || call.name === name : call.id === id;
    const found = open.findIndex(fits);
    const [call] = found < 0 ? [] : open.splice(found, 1);
    return id ?? call?.id ?? `call_${name ?? "tool"}`;
  }

  return objectsOf(wire, "messages", (message, at): Message => {
    const role = requiredString(message, "role", at);
    switch (role) {
      case "system":
        return { role, content: textOf(message, at) };
      case "user":
        return { role, content: [...textOf(message, at), ...imagesOf(message, at)] };
      case "assistant": {
        const content = decodeAssistant(message, at);
        for (const part of content) if (part.type === "tool-call") open.push(part);
        return { role, content };
      }
      case "tool": {
        const content = [...textOf(message, at), ...imagesOf(message, at)];
        return { role, callId: answered(message, at), content };
      }
    }
    throw invalidField(`${at}.role`, "must be system, user, assistant or tool");
  });
}

function textOf(wire: JsonObject, at: string): TextPart[] {
  const text = optionalString(wire, "content", at) ?? "";
  return text === "" ? [] : [{ type: "text", text }];
}

function imagesOf(wire: JsonObject, at: string) {
  const images = optionalArray(wire, "images", at) ?? [];
  return images.map((image, i) => decodeImage(image, `${at}.images[${i}]`));
}

function decodeAssistant(wire: JsonObject, at: string): AssistantPart[] {
  const thinking = optionalString(wire, "thinking", at) ?? "";
  const calls = optionalArray(wire, "tool_calls", at) ?? [];
  const place = at.slice("messages[".length, -1);
  return [
    ...(thinking === "" ? [] : [{ type: "reasoning", text: thinking } as const]),
    ...textOf(wire, at),
    ...objectsOf(calls, `${at}.tool_calls`, (call) => call).map((call, n) =>
      decodeCall(call, `call_${place}_${n}`),
    ),
  ];
}
