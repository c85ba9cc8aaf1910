import { type Json, type JsonObject, parseJson } from "../../chat/json.ts";
import type { ToolCallPart } from "../../chat/message.ts";
import { toolInput } from "../tool-input.ts";
import { present } from "./wire.ts";

export type CallWords = Pick<ToolCallPart, "id" | "name" | "signature" | "custom">;

/** Arguments are an object here; free text stands in its `input`, and so does what is no object. */
export function encodeCall(call: CallWords, text: string): JsonObject {
  const { id, name, signature } = call;
  const args = call.custom ? { input: text } : (toolInput(text) ?? { input: text });
  return {
    functionCall: { ...(id !== "" && { id }), name, args },
    ...present("thoughtSignature", signature),
  };
}

/** Undefined for what is not JSON. */
export function parsed(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}

export function textPart(text: string, signature?: string): JsonObject {
  return { text, ...present("thoughtSignature", signature) };
}

export function thoughtPart(text: string, signature?: string): JsonObject {
  return { text, thought: true, ...present("thoughtSignature", signature) };
}
