import { base64OfText, textOfBase64 } from "../inline-text.ts";

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
