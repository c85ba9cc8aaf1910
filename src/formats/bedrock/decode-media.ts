import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { FilePart } from "../../chat/message.ts";
import { imageFormatOfData } from "../data-url.ts";
import {
  invalidField,
  isJsonArray,
  optionalString,
  requiredObject,
  requiredString,
} from "../fields.ts";
import { base64OfText } from "../inline-text.ts";
import { type MediaKind, mediaTypeOf } from "./media-types.ts";
import type { Unseated } from "./wire.ts";

/** An `image`, `audio` or `video` block's inside. */
export function decodeMedia(wire: JsonObject, kind: MediaKind, at: string): FilePart {
  const format = requiredString(wire, "format", at);
  const source = requiredObject(wire, "source", at);
  return {
    type: "file",
    mediaType: mediaTypeOf(kind, format),
    source: decodeSource(source, `${at}.source`),
  };
}

function decodeSource(source: JsonObject, at: string): FilePart["source"] {
  const data = optionalString(source, "bytes", at);
  if (data !== undefined) return { kind: "base64", data };
  const location = requiredObject(source, "s3Location", at);
  return { kind: "url", url: requiredString(location, "uri", `${at}.s3Location`) };
}

/** Text documents become files of the same bytes. */
export function decodeDocument(wire: JsonObject, at: string, unseated: Unseated): FilePart {
  const format = optionalString(wire, "format", at);
  const name = requiredString(wire, "name", at);
  const source = requiredObject(wire, "source", at);
  const text = documentText(source, `${at}.source`);
  for (const member of ["context", "citations"]) {
    const value = wire[member];
    if (value !== undefined && value !== null) unseated(`${at}.${member}`, value);
  }
  const ending = format ?? (text === undefined ? undefined : "txt");
  return {
    type: "file",
    mediaType: ending === undefined ? "application/octet-stream" : mediaTypeOf("document", ending),
    source:
      text === undefined
        ? decodeSource(source, `${at}.source`)
        : { kind: "base64", data: base64OfText(text) },
    name: ending === undefined ? name : `${name}.${ending}`,
  };
}

function documentText(source: JsonObject, at: string): string | undefined {
  const text = optionalString(source, "text", at);
  if (text !== undefined || source.content === undefined) return text;
  if (!isJsonArray(source.content)) throw invalidField(`${at}.content`, "must be an array");
  return source.content
    .map((piece) => (isJsonObject(piece) && typeof piece.text === "string" ? piece.text : ""))
    .join("\n");
}

/**
 * A picture that the model drew has no seat of its own in an answer: it becomes Markdown. Empty
 * where there is none, for it could not be drawn.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html
 */
export function pictureText({ format, source }: JsonObject): string {
  const { bytes, s3Location } = isJsonObject(source) ? source : {};
  if (isJsonObject(s3Location) && typeof s3Location.uri === "string")
    return `![](${s3Location.uri})`;
  if (typeof bytes !== "string" || bytes === "") return "";
  const word = typeof format === "string" ? format : (imageFormatOfData(bytes) ?? "png");
  return `![](data:${mediaTypeOf("image", word)};base64,${bytes})`;
}

/** The picture whose bytes come in several pieces. */
export interface Sketch {
  add(delta: JsonObject): void;
  text(): string;
}

/** `start` tells the format. */
export function sketch(start: JsonObject): Sketch {
  const pieces: string[] = [];
  let address: JsonObject | undefined;
  return {
    add({ source }) {
      if (!isJsonObject(source)) return;
      if (typeof source.bytes === "string") pieces.push(source.bytes);
      if (isJsonObject(source.s3Location)) address = source;
    },
    text: () => pictureText({ ...start, source: address ?? { bytes: joinedBase64(pieces) } }),
  };
}

/** Each piece is base64 by itself, and all but the last may end in padding too. */
function joinedBase64(pieces: readonly string[]): string {
  const fits = pieces.slice(0, -1).every((piece) => piece.length % 4 === 0 && !piece.endsWith("="));
  if (fits) return pieces.join("");
  try {
    return btoa(pieces.map((piece) => atob(piece)).join(""));
  } catch {
    return pieces.join("");
  }
}
