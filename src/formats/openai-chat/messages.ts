import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type {
  AssistantMessage,
  AssistantPart,
  Message,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from "../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalArray,
  optionalString,
  requiredString,
} from "../fields.ts";
import { decodeAnnotations } from "./annotations.ts";
import { decodeContent, decodeTextContent } from "./content.ts";
import { decodeReasoning } from "./reasoning.ts";
import { signatureOf } from "./signature.ts";
import { decodeToolCall } from "./tools.ts";

/**
 * Every role of the wire. The retired `function` role and `function_call` member become a tool
 * result and a tool call: the id they lack is made of the function's place in the conversation.
 */
export function decodeMessages(wire: readonly Json[]): Message[] {
  let functionCallId = "call_0";
  return objectsOf(wire, "messages", (message, at) => {
    const decoded = decodeMessage(message, at, functionCallId);
    if (isJsonObject(message.function_call)) functionCallId = legacyCallId(at);
    return decoded;
  });
}

function decodeMessage(wire: JsonObject, at: string, functionCallId: string): Message {
  const role = requiredString(wire, "role", at);
  const name = optionalString(wire, "name", at);
  const named = name === undefined ? {} : { name };
  switch (role) {
    case "system":
      return { role, content: decodeTextContent(wire.content, `${at}.content`), ...named };
    case "developer": {
      const content = decodeTextContent(wire.content, `${at}.content`);
      return { role: "system", content, developer: true, ...named };
    }
    case "user":
      return { role, content: decodeContent(wire.content, `${at}.content`), ...named };
    case "assistant":
      return { role, content: decodeAssistant(wire, at), ...named };
    case "tool": {
      const callId = requiredString(wire, "tool_call_id", at);
      return { role, callId, content: decodeContent(wire.content, `${at}.content`) };
    }
    case "function": {
      const content = decodeContent(wire.content, `${at}.content`);
      return { role: "tool", callId: functionCallId, content };
    }
  }
  const roles = "system, developer, user, assistant, tool or function";
  throw invalidField(`${at}.role`, `must be ${roles}`);
}

function decodeAssistant(wire: JsonObject, at: string): AssistantMessage["content"] {
  const refusal = optionalString(wire, "refusal", at);
  const calls = optionalArray(wire, "tool_calls", at);
  return [
    ...decodeReasoning(wire),
    ...assistantText(wire, at),
    ...(refusal === undefined ? [] : [{ type: "refusal", text: refusal } as const]),
    ...(calls ? objectsOf(calls, `${at}.tool_calls`, decodeToolCall) : []),
    ...legacyCall(wire, at),
  ];
}

function assistantText(wire: JsonObject, at: string): readonly AssistantPart[] {
  if (Array.isArray(wire.content)) {
    return objectsOf(wire.content, `${at}.content`, (part, partAt): TextPart | RefusalPart => {
      if (part.type === "refusal") {
        return { type: "refusal", text: requiredString(part, "refusal", partAt) };
      }
      const [text] = decodeTextContent([part], `${at}.content`);
      if (!text) throw invalidField(partAt, "must be a text or refusal part");
      return text;
    });
  }
  const signature = signatureOf(wire);
  const annotations = decodeAnnotations(wire.annotations);
  const text = optionalString(wire, "content", at) ?? (signature === undefined ? undefined : "");
  if (text === undefined) return [];
  return [
    {
      type: "text",
      text,
      ...(annotations.length > 0 && { annotations }),
      ...(signature !== undefined && { signature }),
    },
  ];
}

function legacyCall(wire: JsonObject, at: string): ToolCallPart[] {
  const call = wire.function_call;
  if (!isJsonObject(call)) return [];
  const name = requiredString(call, "name", `${at}.function_call`);
  const text = requiredString(call, "arguments", `${at}.function_call`);
  return [{ type: "tool-call", id: legacyCallId(at), name, arguments: text }];
}

/** `at` is `messages[n]`. */
function legacyCallId(at: string): string {
  return `call_${at.slice("messages[".length, -1)}`;
}
