import type { JsonObject } from "../../chat/json.ts";
import type { FilePart } from "../../chat/message.ts";
import { imageFormatOfData } from "../data-url.ts";
import { invalidField } from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import type { Family } from "./families.ts";
import { type MediaFormat, mediaFormatOf, mediaFormatOfName } from "./media-types.ts";

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
