import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { CachePoint, FilePart, TextPart } from "../../../chat/message.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalString,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { base64OfText, fileAt, plainBase64, plainMediaType } from "../../inline-files.ts";
import type { Leftovers } from "../../leftovers.ts";
import { decodeCitations } from "./citations.ts";

export type Block = TextPart | FilePart;

/** `content` where only text and files may stand: a string or a list of blocks. */
export function decodeContent(value: Json | undefined, at: string, rest: Leftovers): Block[] {
  return blocksOf(value, at, (wire, path) => {
    const block = decodeBlock(wire, path, rest);
    if (block) return [block];
    throw invalidField(`${path}.type`, "must be text, image, document or search_result");
  });
}

/** Each block of `content`; a string is one block of text. */
export function blocksOf<T>(
  value: Json | undefined,
  at: string,
  read: (wire: JsonObject, at: string) => readonly T[],
): T[] {
  if (typeof value === "string") return [...read({ type: "text", text: value }, at)];
  if (isJsonArray(value)) return objectsOf(value, at, read).flat();
  throw invalidField(at, "must be a string or an array of content blocks");
}

export function decodeTextContent(
  value: Json | undefined,
  at: string,
  rest: Leftovers,
): TextPart[] {
  return decodeContent(value, at, rest).map((block, i) => {
    if (block.type === "text") return block;
    throw invalidField(`${at}[${i}].type`, "must be text");
  });
}

const TEXT = new Set(["type", "text", "cache_control", "citations"]);
const FILE = new Set(["type", "source", "cache_control", "title"]);

/** Undefined for a block that is neither text nor a file. */
export function decodeBlock(wire: JsonObject, at: string, rest: Leftovers): Block | undefined {
  switch (wire.type) {
    case "text": {
      rest.beside(wire, TEXT, at);
      const annotations = decodeCitations(wire.citations);
      return {
        type: "text",
        text: requiredString(wire, "text", at),
        ...(annotations.length > 0 && { annotations }),
        ...cached(wire),
      };
    }
    case "image":
      rest.beside(wire, FILE, at);
      return { type: "file", ...imageSource(wire, at), ...cached(wire) };
    case "document":
      rest.beside(wire, FILE, at);
      return decodeDocument(wire, at, rest);
    case "search_result":
      rest.keep(at, wire);
      return { type: "text", text: searchResultText(wire), ...cached(wire) };
  }
  return undefined;
}

export function cachePoint(wire: JsonObject): CachePoint | undefined {
  const point = wire.cache_control;
  if (!isJsonObject(point)) return undefined;
  return typeof point.ttl === "string" ? { ttl: point.ttl } : {};
}

export function cached(wire: JsonObject): { readonly cache?: CachePoint } {
  const cache = cachePoint(wire);
  return cache ? { cache } : {};
}

function imageSource(wire: JsonObject, at: string): Pick<FilePart, "mediaType" | "source"> {
  const source = requiredObject(wire, "source", at);
  const path = `${at}.source`;
  switch (source.type) {
    case "base64":
      return base64Source(source, path);
    case "url":
      return fileAt(requiredString(source, "url", path), "image/*");
    case "file":
      return {
        mediaType: "image/*",
        source: { kind: "id", id: requiredString(source, "file_id", path) },
      };
  }
  throw invalidField(`${path}.type`, "must be base64, url or file");
}

function base64Source(source: JsonObject, at: string): Pick<FilePart, "mediaType" | "source"> {
  return {
    mediaType: plainMediaType(requiredString(source, "media_type", at)),
    source: { kind: "base64", data: plainBase64(requiredString(source, "data", at)) },
  };
}

function decodeDocument(wire: JsonObject, at: string, rest: Leftovers): Block {
  const source = requiredObject(wire, "source", at);
  const path = `${at}.source`;
  const title = optionalString(wire, "title", at);
  const tail = { ...(title !== undefined && { name: title }), ...cached(wire) };
  switch (source.type) {
    case "base64":
      return { type: "file", ...base64Source(source, path), ...tail };
    case "url": {
      const file = fileAt(requiredString(source, "url", path), "application/pdf");
      return { type: "file", ...file, ...tail };
    }
    case "file": {
      const id = requiredString(source, "file_id", path);
      return { type: "file", mediaType: "application/pdf", source: { kind: "id", id }, ...tail };
    }
    case "text": {
      const data = base64OfText(requiredString(source, "data", path));
      return { type: "file", mediaType: "text/plain", source: { kind: "base64", data }, ...tail };
    }
    case "content": {
      rest.keep(path, source);
      const inner = decodeContent(source.content, `${path}.content`, rest);
      const texts = inner.flatMap((block) => (block.type === "text" ? [block.text] : []));
      return { type: "text", text: texts.join("\n\n"), ...cached(wire) };
    }
  }
  throw invalidField(`${path}.type`, "must be base64, text, content, url or file");
}

function searchResultText(wire: JsonObject): string {
  const blocks = isJsonArray(wire.content) ? wire.content.filter(isJsonObject) : [];
  return [wire.title, wire.source, ...blocks.map((block) => block.text)]
    .filter((line) => typeof line === "string")
    .join("\n");
}
