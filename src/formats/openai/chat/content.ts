import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { CachePoint, FilePart, TextPart } from "../../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalString,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { fileAt, isDataUrl, plainBase64 } from "../../inline-files.ts";
import { extraContent, signatureOf } from "./reasoning.ts";

/** `content` of any role: a string or a list of parts. */
export function decodeContent(
  value: Json | undefined,
  at: string,
): readonly (TextPart | FilePart)[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (Array.isArray(value)) return objectsOf(value, at, decodePart);
  throw invalidField(at, "must be a string or an array of content parts");
}

/** For the roles whose content is text only. */
export function decodeTextContent(value: Json | undefined, at: string): readonly TextPart[] {
  return decodeContent(value, at).map((part, i) => {
    if (part.type === "text") return part;
    throw invalidField(`${at}[${i}].type`, "must be text in this role");
  });
}

function decodePart(wire: JsonObject, at: string): TextPart | FilePart {
  const cache = cachePoint(wire);
  const cached = cache ? { cache } : {};
  switch (wire.type) {
    case "text": {
      const signature = signatureOf(wire);
      const proof = signature === undefined ? {} : { signature };
      return { type: "text", text: requiredString(wire, "text", at), ...cached, ...proof };
    }
    case "image_url":
      return { ...decodeMediaUrl(wire, "image_url", at), ...cached };
    case "video_url":
      return { ...decodeMediaUrl(wire, "video_url", at), ...cached };
    case "input_audio":
      return { ...decodeAudio(requiredObject(wire, "input_audio", at), at), ...cached };
    case "file":
      return { ...decodeFile(requiredObject(wire, "file", at), `${at}.file`), ...cached };
  }
  const kinds = "text, image_url, video_url, input_audio or file";
  throw invalidField(`${at}.type`, `must be ${kinds}`);
}

const MEDIA_KINDS = { image_url: "image/*", video_url: "video/*" } as const;

function decodeMediaUrl(wire: JsonObject, key: keyof typeof MEDIA_KINDS, at: string): FilePart {
  // Several compatible servers take a bare string here.
  const bare = wire[key];
  const media = typeof bare === "string" ? { url: bare } : requiredObject(wire, key, at);
  const url = requiredString(media, "url", `${at}.${key}`);
  const detail = optionalString(media, "detail", `${at}.${key}`);
  return {
    type: "file",
    ...fileAt(url, MEDIA_KINDS[key]),
    ...(detail !== undefined && { detail }),
  };
}

function decodeAudio(audio: JsonObject, at: string): FilePart {
  const format = requiredString(audio, "format", `${at}.input_audio`);
  const data = plainBase64(requiredString(audio, "data", `${at}.input_audio`));
  const mediaType = format === "mp3" ? "audio/mpeg" : `audio/${format}`;
  return { type: "file", mediaType, source: { kind: "base64", data } };
}

const UNKNOWN_MEDIA_TYPE = "application/octet-stream";

function decodeFile(file: JsonObject, at: string): FilePart {
  const name = optionalString(file, "filename", at);
  const named = name === undefined ? {} : { name };
  const id = optionalString(file, "file_id", at);
  if (id !== undefined) {
    const source = { kind: "id", id } as const;
    return { type: "file", mediaType: UNKNOWN_MEDIA_TYPE, source, ...named };
  }
  const data = optionalString(file, "file_data", at);
  if (data === undefined) throw invalidField(at, "must have file_data or file_id");
  if (isDataUrl(data) || /^https?:/i.test(data)) {
    return { type: "file", ...fileAt(data, UNKNOWN_MEDIA_TYPE), ...named };
  }
  const mediaType = name?.toLowerCase().endsWith(".pdf") ? "application/pdf" : UNKNOWN_MEDIA_TYPE;
  return { type: "file", mediaType, source: { kind: "base64", data: plainBase64(data) }, ...named };
}

/** `cache_control` as OpenRouter takes it, or OpenAI's own `prompt_cache_breakpoint`. */
export function cachePoint(wire: JsonObject): CachePoint | undefined {
  const point = wire.cache_control ?? wire.prompt_cache_breakpoint;
  if (!isJsonObject(point)) return undefined;
  return typeof point.ttl === "string" ? { ttl: point.ttl } : {};
}

/** Lifetimes that OpenAI's own member takes; `cache_control` has others. */
const OWN_LIFETIMES = new Set(["30m", "12h"]);

export function encodeCache(cache: CachePoint | undefined): JsonObject {
  if (!cache) return {};
  const { ttl } = cache;
  if (ttl === undefined) return { cache_control: { type: "ephemeral" } };
  if (OWN_LIFETIMES.has(ttl)) return { prompt_cache_breakpoint: { mode: "explicit", ttl } };
  return { cache_control: { type: "ephemeral", ttl } };
}

/** One plain text part is written as a string, which every compatible server takes. */
export function encodeContent(parts: readonly (TextPart | FilePart)[]): Json {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text" && !first.cache && !first.signature) {
    return first.text;
  }
  return parts.map((part) => ({ ...encodePart(part), ...encodeCache(part.cache) }));
}

function encodePart(part: TextPart | FilePart): JsonObject {
  if (part.type === "file") return encodeFile(part);
  const text = { type: "text", text: part.text };
  if (part.signature === undefined) return text;
  return { ...text, extra_content: extraContent(part.signature) };
}

function encodeFile(part: FilePart): JsonObject {
  const { mediaType, source } = part;
  const filename = part.name === undefined ? {} : { filename: part.name };
  if (source.kind === "id") return { type: "file", file: { file_id: source.id, ...filename } };
  if (source.kind === "base64" && mediaType.startsWith("audio/")) {
    return {
      type: "input_audio",
      input_audio: { data: source.data, format: audioFormat(mediaType) },
    };
  }
  const url = source.kind === "url" ? source.url : `data:${mediaType};base64,${source.data}`;
  if (mediaType.startsWith("image/")) {
    const detail = part.detail === undefined ? {} : { detail: part.detail };
    return { type: "image_url", image_url: { url, ...detail } };
  }
  if (mediaType.startsWith("video/")) return { type: "video_url", video_url: { url } };
  return { type: "file", file: { file_data: url, ...filename } };
}

/** OpenAI's words for a sound's encoding; it takes `wav` and `mp3`, others take more. */
function audioFormat(mediaType: string): string {
  switch (mediaType) {
    case "audio/mpeg":
      return "mp3";
    case "audio/x-wav":
    case "audio/wave":
      return "wav";
  }
  return mediaType.slice("audio/".length);
}

export type ContentPiece = { readonly kind: "text"; readonly text: string } | ReasoningPiece;

export interface ReasoningPiece {
  readonly kind: "reasoning";
  readonly text: string;
  readonly signature?: string;
  readonly redacted?: string;
}

/**
 * An answer's `content`: a string, or the list of parts that some vendors send for reasoning models:
 * Mistral (https://docs.mistral.ai/capabilities/reasoning) and Databricks
 * (https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models). Empty pieces
 * say nothing and are left out.
 */
export function contentPieces(content: Json | undefined): readonly ContentPiece[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter(isJsonObject).flatMap(piecesOf);
}

function piecesOf(part: JsonObject): readonly ContentPiece[] {
  switch (part.type) {
    case "text":
      return contentPieces(typeof part.text === "string" ? part.text : "");
    case "thinking":
      return contentPieces(part.thinking).map(({ text }) => ({ kind: "reasoning", text }));
    case "reasoning":
      return Array.isArray(part.summary)
        ? part.summary.filter(isJsonObject).flatMap(summaryPiece)
        : [];
  }
  return [];
}

/** What is encrypted stands in `data`; a signature may come alone, behind the words that it signs. */
function summaryPiece({ text, signature, data }: JsonObject): readonly ContentPiece[] {
  const words = typeof text === "string" ? text : "";
  const isSigned = typeof signature === "string" && signature !== "";
  const isRedacted = typeof data === "string" && data !== "";
  if (words === "" && !isSigned && !isRedacted) return [];
  return [
    {
      kind: "reasoning",
      text: words,
      ...(isSigned && { signature }),
      ...(isRedacted && { redacted: data }),
    },
  ];
}
