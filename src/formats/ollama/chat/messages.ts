import type { Json, JsonObject } from "../../../chat/json.ts";
import type { AssistantPart, Message, TextPart, ToolCallPart } from "../../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalArray,
  optionalString,
  requiredString,
} from "../../fields.ts";
import { decodeImage } from "../images.ts";
import { decodeCall } from "./tools.ts";

/**
 * Calls and results may have no ids on this wire: a result then answers the first call of its name
 * that has no result yet, or the first of all.
 */
export function decodeMessages(wire: readonly Json[]): Message[] {
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
