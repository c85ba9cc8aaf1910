import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { FilePart, TextPart, ToolMessage } from "../../chat/message.ts";
import { objectsOf, optionalObject } from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import { parsed } from "./encode-parts.ts";
import { decodeFileData, decodeInlineData, encodeFile } from "./files.ts";
import { camelKeys, listed } from "./wire.ts";

type Content = readonly (TextPart | FilePart)[];

/**
 * A result is an object here. One with the only member `result` or `error` is what we make of a
 * plain text; any other is told as JSON. `wire` has its camelCase names.
 */
export function decodeResult(
  wire: JsonObject,
  at: string,
): Pick<ToolMessage, "content" | "failed"> {
  const response = optionalObject(wire, "response", at) ?? {};
  const parts = listed(wire.parts);
  const files = Array.isArray(parts) ? objectsOf(parts, `${at}.parts`, decodeResultFile) : [];
  const failed = onlyMember(response) === "error";
  const content: Content = [{ type: "text", text: resultText(response) }, ...files];
  return failed ? { content, failed: true } : { content };
}

function decodeResultFile(written: JsonObject, at: string): FilePart {
  const part = camelKeys(written);
  return isJsonObject(part.inlineData)
    ? decodeInlineData(part.inlineData, `${at}.inlineData`)
    : decodeFileData(optionalObject(part, "fileData", at) ?? {}, `${at}.fileData`);
}

function resultText(response: JsonObject): string {
  const member = onlyMember(response);
  const value = member === "result" || member === "error" ? response[member] : undefined;
  if (typeof value === "string" && structured(value) === undefined) return value;
  return JSON.stringify(member === "error" && typeof value === "object" ? value : response);
}

function onlyMember(response: JsonObject): string | undefined {
  const keys = Object.keys(response);
  return keys.length === 1 ? keys[0] : undefined;
}

/** The words of a tool as an object: JSON as it stands, anything else under `result` or `error`. */
export function encodeResult(message: ToolMessage): JsonObject {
  const texts = message.content.filter((part) => part.type === "text");
  const text = texts.map((part) => part.text).join("\n");
  const value = structured(text);
  if (message.failed) return { error: value ?? text };
  return isJsonObject(value) ? value : { result: value ?? text };
}

/** An object or an array; a lone number or word stays the text it was. */
function structured(text: string): Json | undefined {
  const value = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
}

/** The files among a tool's results, with where they stand in the client's request. */
export function resultFiles(message: ToolMessage, at: string, list: NoticeList): JsonObject[] {
  return message.content.flatMap((part, k) =>
    part.type === "file" ? [encodeFile(part, `${at}.content[${k}]`, list)] : [],
  );
}
