import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { FilePart, TextPart } from "../../../chat/message.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalString,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { base64OfText, fileAt, inlineText, textOfBase64 } from "../../inline-files.ts";
import type { NoticeList } from "../../notice-list.ts";

/** `content` of a user, system or tool message: a string or a list of parts. */
export function decodeContent(
  value: Json | undefined,
  at: string,
): readonly (TextPart | FilePart)[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (isJsonArray(value)) return objectsOf(value, at, decodePart);
  throw invalidField(at, "must be a string or an array of content parts");
}

export function decodeTextContent(value: Json | undefined, at: string): readonly TextPart[] {
  return decodeContent(value, at).map((part, i) => {
    if (part.type === "text") return part;
    throw invalidField(`${at}[${i}].type`, "must be text in this role");
  });
}

function decodePart(wire: JsonObject, at: string): TextPart | FilePart {
  switch (wire.type) {
    case "text":
      return { type: "text", text: requiredString(wire, "text", at) };
    case "image_url":
      return decodeImage(requiredObject(wire, "image_url", at), `${at}.image_url`);
    case "document":
      return decodeDocument(requiredObject(wire, "document", at), `${at}.document`);
  }
  throw invalidField(`${at}.type`, "must be text, image_url or document");
}

function decodeImage(image: JsonObject, at: string): FilePart {
  const url = requiredString(image, "url", at);
  const detail = optionalString(image, "detail", at);
  const detailed = detail === undefined ? {} : { detail };
  return { type: "file", ...fileAt(url, "image/*"), ...detailed };
}

/** Cohere's document is an object of anything: a JSON file, named by its id. */
function decodeDocument(document: JsonObject, at: string): FilePart {
  const id = optionalString(document, "id", at);
  const data = base64OfText(JSON.stringify(requiredObject(document, "data", at)));
  return {
    type: "file",
    mediaType: "application/json",
    source: { kind: "base64", data },
    ...(id !== undefined && { name: id }),
  };
}

/** One text is written as a string, which every model takes. */
export function encodeTexts(parts: readonly TextPart[]): Json {
  const [first] = parts;
  if (parts.length === 1 && first) return first.text;
  return parts.filter(({ text }) => text !== "").map(({ text }) => ({ type: "text", text }));
}

/** What a user says: texts and images. */
export function encodeUserContent(
  parts: readonly (TextPart | FilePart)[],
  at: string,
  list: NoticeList,
): Json {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text") return first.text;
  return parts.flatMap((part, i) => {
    if (part.type === "file") return encodeFile(part, `${at}[${i}]`, list);
    return part.text === "" ? [] : [{ type: "text", text: part.text }];
  });
}

function encodeFile(part: FilePart, at: string, list: NoticeList): JsonObject[] {
  if (part.mediaType.startsWith("image/")) return encodeImage(part, at, list);
  const text = inlineText(part);
  if (text) {
    list.approximated(at, "Cohere takes no documents in a message; the text stands in its place.");
    return [{ type: "text", text: text.text }];
  }
  list.dropped(at, "Cohere takes only text and images.");
  return [];
}

const DETAILS = new Set(["auto", "low", "high"]);

function encodeImage(part: FilePart, at: string, list: NoticeList): JsonObject[] {
  const { mediaType, source, detail } = part;
  if (source.kind === "id") {
    list.dropped(at, "Cohere cannot fetch a file that another vendor stores.");
    return [];
  }
  const url = source.kind === "url" ? source.url : `data:${mediaType};base64,${source.data}`;
  if (detail === undefined) return [{ type: "image_url", image_url: { url } }];
  if (DETAILS.has(detail)) return [{ type: "image_url", image_url: { url, detail } }];
  list.approximated(`${at}.detail`, "Cohere's details are auto, low and high: high is sent.");
  return [{ type: "image_url", image_url: { url, detail: "high" } }];
}

/** A tool's JSON file as Cohere's document; undefined for any other file. */
export function encodeDocument(part: FilePart): JsonObject | undefined {
  if (part.mediaType !== "application/json" || part.source.kind !== "base64") return undefined;
  const text = textOfBase64(part.source.data);
  const data = text === undefined ? undefined : parsedObject(text);
  if (!data) return undefined;
  const id = part.name === undefined ? {} : { id: part.name };
  return { type: "document", document: { data, ...id } };
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
