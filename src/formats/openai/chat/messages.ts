import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type {
  AssistantMessage,
  Message,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from "../../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalArray,
  optionalString,
  requiredString,
} from "../../fields.ts";
import type { Leftovers } from "../../leftovers.ts";
import { decodeAnnotations, seatAnnotations } from "./annotations.ts";
import { decodeContent, decodeTextContent } from "./content.ts";
import { decodeReasoning, isThought, signatureOf, thoughtParts } from "./reasoning.ts";
import { decodeToolCall } from "./tools.ts";

const SEATED = new Set([
  "role",
  "content",
  "name",
  "tool_call_id",
  "refusal",
  "annotations",
  "extra_content",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "tool_calls",
  "function_call",
]);

/**
 * Every role of the wire. The retired `function` role and `function_call` member become a tool
 * result and a tool call: the id they lack is made of the function's place in the conversation.
 */
export function decodeMessages(wire: readonly Json[], rest: Leftovers): Message[] {
  let functionCallId = "call_0";
  return objectsOf(wire, "messages", (message, at) => {
    rest.beside(message, SEATED, at);
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
    ...thoughtsOf(wire),
    ...assistantText(wire, at),
    ...(refusal === undefined ? [] : [{ type: "refusal", text: refusal } as const]),
    ...(calls ? objectsOf(calls, `${at}.tool_calls`, decodeToolCall) : []),
    ...legacyCall(wire, at),
  ];
}

/** Where a member tells the thoughts, parts that do so as well would tell them twice. */
function thoughtsOf(wire: JsonObject): readonly ReasoningPart[] {
  const told = decodeReasoning(wire);
  return told.length > 0 || !Array.isArray(wire.content) ? told : thoughtParts(wire.content);
}

type SaidPart = TextPart | RefusalPart;

/** Citations and a proof that stand at the message find their seats at its texts. */
function assistantText(wire: JsonObject, at: string): readonly SaidPart[] {
  const signature = signatureOf(wire);
  const annotations = decodeAnnotations(wire.annotations);
  const said = saidParts(wire, at);
  if (signature === undefined && annotations.length === 0) return said;
  const hasText = said.some(({ type }) => type === "text");
  const parts = seatAnnotations(
    hasText ? said : [...said, { type: "text", text: "" }],
    annotations,
  );
  const last = parts.findLastIndex(({ type }) => type === "text");
  return parts.map((part, i) => {
    if (i !== last || part.type !== "text" || signature === undefined) return part;
    return { signature, ...part };
  });
}

function saidParts(wire: JsonObject, at: string): readonly SaidPart[] {
  if (!Array.isArray(wire.content)) {
    const text = optionalString(wire, "content", at);
    return text === undefined ? [] : [{ type: "text", text }];
  }
  const parts = objectsOf(wire.content, `${at}.content`, (part, partAt): SaidPart | undefined => {
    if (isThought(part)) return undefined;
    if (part.type === "refusal") {
      return { type: "refusal", text: requiredString(part, "refusal", partAt) };
    }
    const [text] = decodeTextContent([part], `${at}.content`);
    if (!text) throw invalidField(partAt, "must be a text or refusal part");
    return text;
  });
  return parts.filter((part) => part !== undefined);
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
