import type { JsonObject } from "../../../chat/json.ts";
import type { CachePoint, FilePart, TextPart } from "../../../chat/message.ts";
import { claudeCacheLifetime } from "../../claude/cache-limits.ts";
import { invalidField } from "../../fields.ts";
import { imageFormatOfData, textOfBase64 } from "../../inline-files.ts";
import type { NoticeList } from "../../notice-list.ts";
import { encodeCitations } from "./citations.ts";

/** Text and files as blocks. */
export function encodeParts(
  parts: readonly (TextPart | FilePart)[],
  at: string,
  list: NoticeList,
): JsonObject[] {
  return parts.flatMap((part, i) => {
    const path = `${at}.content[${i}]`;
    if (part.type === "file") return encodeFile(part, path, list);
    return encodeText(part, path, list);
  });
}

/** Blank text has no form: the API refuses it, "text content blocks must contain non-whitespace text". */
export function encodeText(part: TextPart, at: string, list: NoticeList): JsonObject[] {
  dropSignature(part.signature, at, list);
  if (part.text.trim() === "") {
    if (part.cache) list.dropped(`${at}.cache_control`, "Anthropic caches no blank text.");
    return [];
  }
  const citations = encodeCitations(part.annotations);
  if (citations.length < (part.annotations?.length ?? 0)) {
    list.dropped(`${at}.annotations`, "Anthropic cites nothing without an address.");
  }
  return [
    {
      type: "text",
      text: part.text,
      ...(citations.length > 0 && { citations }),
      ...cacheControl(part.cache, at, list),
    },
  ];
}

export function dropSignature(signature: string | undefined, at: string, list: NoticeList): void {
  if (signature === undefined) return;
  const reason = "Only reasoning carries a signature here; this one is another vendor's.";
  list.dropped(`${at}.signature`, reason);
}

export function cacheControl(
  cache: CachePoint | undefined,
  at: string,
  list: NoticeList,
): JsonObject {
  if (!cache) return {};
  return { cache_control: { type: "ephemeral", ...claudeCacheLifetime(cache, at, list) } };
}

function encodeFile(part: FilePart, at: string, list: NoticeList): JsonObject[] {
  const { mediaType, source } = part;
  if (mediaType.startsWith("image/")) return encodeImage(part, at, list);
  const title = part.name === undefined ? {} : { title: part.name };
  return [
    {
      type: "document",
      source: documentSource(mediaType, source, at, list),
      ...title,
      ...cacheControl(part.cache, at, list),
    },
  ];
}

function encodeImage(part: FilePart, at: string, list: NoticeList): JsonObject[] {
  const source = imageSource(part);
  if (!source) {
    list.dropped(at, `Anthropic takes no ${part.mediaType}.`);
    return [];
  }
  if (part.name !== undefined) list.dropped(`${at}.filename`, "Anthropic's images have no name.");
  if (part.detail !== undefined && part.detail !== "auto") {
    list.dropped(`${at}.image_url.detail`, "Anthropic looks at every image in the same detail.");
  }
  return [{ type: "image", source, ...cacheControl(part.cache, at, list) }];
}

/** https://platform.claude.com/docs/en/build-with-claude/vision */
const IMAGE_TYPES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** An image that is another than it is said to be is refused, so its first bytes tell the type. */
function imageSource({ mediaType, source }: FilePart): JsonObject | undefined {
  switch (source.kind) {
    case "base64": {
      const format = imageFormatOfData(source.data);
      const media_type = format === undefined ? mediaType : `image/${format}`;
      if (!IMAGE_TYPES.has(media_type)) return undefined;
      return { type: "base64", media_type, data: source.data };
    }
    case "url":
      return { type: "url", url: source.url };
    case "id":
      return { type: "file", file_id: source.id };
  }
}

const PDF = "application/pdf";
/** What a wire says that names no type of a file. */
const UNKNOWN = "application/octet-stream";

/** Documents are PDF or plain text (https://platform.claude.com/docs/en/build-with-claude/files). */
function documentSource(
  mediaType: string,
  source: FilePart["source"],
  at: string,
  list: NoticeList,
): JsonObject {
  const unsaid = mediaType === UNKNOWN;
  if (source.kind === "id" && (mediaType === PDF || unsaid)) {
    return { type: "file", file_id: source.id };
  }
  if (source.kind === "url" && (mediaType === PDF || unsaid)) {
    return { type: "url", url: source.url };
  }
  if (source.kind === "base64") {
    if (mediaType === PDF) return { type: "base64", media_type: PDF, data: source.data };
    if (mediaType.startsWith("text/") || mediaType === "application/json") {
      return textSource(mediaType, source.data, at, list);
    }
  }
  throw invalidField(at, `cannot be sent to Anthropic: ${mediaType} is no image, PDF or text`);
}

function textSource(mediaType: string, data: string, at: string, list: NoticeList): JsonObject {
  const text = textOfBase64(data);
  if (text === undefined) throw invalidField(at, "must be base64 of UTF-8 text");
  if (mediaType !== "text/plain") {
    list.approximated(at, `Anthropic takes text as text/plain, not as ${mediaType}.`);
  }
  return { type: "text", media_type: "text/plain", data: text };
}
