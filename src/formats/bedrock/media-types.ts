import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { FilePart } from "../../chat/message.ts";
import {
  invalidField,
  isJsonArray,
  optionalString,
  requiredObject,
  requiredString,
} from "../fields.ts";
import { base64OfText, imageFormatOfData, textOfBase64 } from "../inline-files.ts";
import type { NoticeList } from "../notice-list.ts";
import type { Family } from "./families.ts";
import type { Unseated } from "./wire.ts";

/** Converse's word for a file's format, by MIME type. The first line of a format is its usual type. */
export type MediaKind = "image" | "document" | "audio" | "video";

const FORMATS: readonly (readonly [kind: MediaKind, format: string, mediaType: string])[] = [
  ["image", "png", "image/png"],
  ["image", "jpeg", "image/jpeg"],
  ["image", "jpeg", "image/jpg"],
  ["image", "gif", "image/gif"],
  ["image", "webp", "image/webp"],
  ["document", "pdf", "application/pdf"],
  ["document", "csv", "text/csv"],
  ["document", "doc", "application/msword"],
  ["document", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["document", "xls", "application/vnd.ms-excel"],
  ["document", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["document", "html", "text/html"],
  ["document", "txt", "text/plain"],
  ["document", "md", "text/markdown"],
  ["audio", "mp3", "audio/mpeg"],
  ["audio", "mp3", "audio/mp3"],
  ["audio", "wav", "audio/wav"],
  ["audio", "wav", "audio/x-wav"],
  ["audio", "wav", "audio/wave"],
  ["audio", "aac", "audio/aac"],
  ["audio", "flac", "audio/flac"],
  ["audio", "m4a", "audio/m4a"],
  ["audio", "mka", "audio/x-matroska"],
  ["audio", "mkv", "audio/mkv"],
  ["audio", "mp4", "audio/mp4"],
  ["audio", "ogg", "audio/ogg"],
  ["audio", "opus", "audio/opus"],
  ["audio", "pcm", "audio/pcm"],
  ["audio", "pcm", "audio/pcm16"],
  ["audio", "webm", "audio/webm"],
  ["audio", "x-aac", "audio/x-aac"],
  ["audio", "mpga", "audio/mpga"],
  ["video", "mp4", "video/mp4"],
  ["video", "mov", "video/quicktime"],
  ["video", "mkv", "video/x-matroska"],
  ["video", "webm", "video/webm"],
  ["video", "flv", "video/x-flv"],
  ["video", "mpeg", "video/mpeg"],
  ["video", "mpg", "video/mpg"],
  ["video", "wmv", "video/x-ms-wmv"],
  ["video", "three_gp", "video/3gpp"],
];

export function mediaTypeOf(kind: MediaKind, format: string): string {
  const known = FORMATS.find((row) => row[0] === kind && row[1] === format);
  return known?.[2] ?? `${kind === "document" ? "application" : kind}/${format}`;
}

export interface MediaFormat {
  readonly kind: MediaKind;
  readonly format: string;
}

/** Undefined for what Converse does not take. Parameters of the type are ignored. */
export function mediaFormatOf(mediaType: string): MediaFormat | undefined {
  const type = mediaType.split(";", 1)[0]?.trim().toLowerCase();
  const known = FORMATS.find((row) => row[2] === type);
  return known && { kind: known[0], format: known[1] };
}

/** By the ending of a file name or address, where the type is not told. */
export function mediaFormatOfName(name: string): MediaFormat | undefined {
  const path = name.split(/[?#]/, 1)[0] ?? "";
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const word = ENDINGS[ending] ?? ending;
  const known = FORMATS.find((row) => row[1] === word);
  return known && { kind: known[0], format: known[1] };
}

const ENDINGS: Readonly<Record<string, string>> = { jpg: "jpeg", htm: "html", "3gp": "three_gp" };

/**
 * Converse's opaque bytes are base64 in JSON, and its own SDKs refuse anything else; what other
 * vendors have for opaque (base64url, JSON) is wrapped so that it comes back as it was.
 */
const MARK = "opaque";
const MARK_BASE64 = btoa(MARK);

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function toBlob(opaque: string): string {
  if (BASE64.test(opaque) && !opaque.startsWith(MARK_BASE64)) return opaque;
  return MARK_BASE64 + base64OfText(opaque);
}

export function fromBlob(blob: string): string {
  if (!blob.startsWith(MARK_BASE64)) return blob;
  return textOfBase64(blob.slice(MARK_BASE64.length)) ?? blob;
}

/** What files of one request must agree on. */
export interface FileState {
  readonly family: Family;
  readonly notices: NoticeList;
  readonly documentNames: Set<string>;
}

export function fileState(family: Family, notices: NoticeList): FileState {
  return { family, notices, documentNames: new Set() };
}

/** Undefined, with a notice, where Converse has no form for it. Throws for an address that must be fetched. */
export function encodeFile(part: FilePart, at: string, state: FileState): JsonObject | undefined {
  const { notices, family } = state;
  if (part.source.kind === "id") {
    notices.dropped(at, "Bedrock does not hold the file that the id names.");
    return undefined;
  }
  const media = formatOf(part);
  if (!media) {
    notices.dropped(at, `Converse takes no file of type ${part.mediaType}.`);
    return undefined;
  }
  const { kind, format } = media;
  if (kind !== "document" && !family[SEEN[kind]]) {
    notices.dropped(at, `The model takes no ${kind}.`);
    return undefined;
  }
  if (part.detail !== undefined) {
    notices.dropped(`${at}.image_url.detail`, "Converse has no levels of image detail.");
  }
  const source = encodeSource(part.source, at);
  if (kind !== "document") return { [kind]: { format, source } };
  return { document: { format, name: documentName(part, format, at, state), source } };
}

const SEEN = { image: "images", audio: "audio", video: "video" } as const;

function formatOf(part: FilePart): MediaFormat | undefined {
  const { mediaType, source, name } = part;
  const told = mediaFormatOf(mediaType);
  const isVague = mediaType.endsWith("/*") || mediaType === "application/octet-stream";
  // Bedrock compares: an image that is another than it is said to be is refused.
  const sign = source.kind === "base64" ? imageFormatOfData(source.data) : undefined;
  if (sign !== undefined && (isVague || mediaType.startsWith("image/"))) {
    return { kind: "image", format: sign };
  }
  if (told) return told;
  if (!isVague) return undefined;
  const named = name === undefined ? undefined : mediaFormatOfName(name);
  if (named || source.kind !== "url") return named;
  // The address is refused later, by a sentence of its own.
  return mediaFormatOfName(source.url) ?? { kind: "image", format: "png" };
}

function encodeSource(source: FilePart["source"], at: string): JsonObject {
  switch (source.kind) {
    case "base64":
      return { bytes: source.data };
    case "url":
      if (source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
      throw invalidField(at, "names a file by URL: Bedrock takes base64 data and s3:// URLs only");
    case "id":
      throw invalidField(at, "names a file by id, which Bedrock does not hold");
  }
}

/**
 * Letters, digits, single spaces, hyphens, parentheses and brackets; each name once in a request
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html).
 */
function documentName(part: FilePart, format: string, at: string, state: FileState): string {
  const given = part.name ?? "document";
  const ending = `.${format}`;
  const stem = given.toLowerCase().endsWith(ending) ? given.slice(0, -ending.length) : given;
  const safe =
    stem
      .replace(/[^a-zA-Z0-9\s()[\]-]/g, "-")
      .replace(/\s+/g, " ")
      .slice(0, 190) || "document";
  let name = safe;
  for (let copy = 2; state.documentNames.has(name); copy++) name = `${safe} (${copy})`;
  state.documentNames.add(name);
  if (part.name !== undefined && name !== stem) {
    state.notices.approximated(`${at}.file.filename`, `Converse takes the name as “${name}”.`);
  }
  return name;
}

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
