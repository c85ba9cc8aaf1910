import { GatewayError } from "../../chat/error.ts";
import type { Block, ChatEvent } from "../../chat/event.ts";
import { type Json, type JsonObject, parseJson } from "../../chat/json.ts";
import type { FilePart, ToolCallPart } from "../../chat/message.ts";
import { invalidField, optionalString, requiredString } from "../fields.ts";
import { fileAt, plainBase64, plainMediaType } from "../inline-files.ts";
import type { NoticeList } from "../notice-list.ts";
import { toolInput } from "../tools.ts";
import { camelKeys, present } from "./wire.ts";

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

export type DeltaEvent = Extract<
  ChatEvent,
  { type: "text-delta" | "reasoning-delta" | "tool-call-delta" }
>;

/** Writes a chunk around the JSON text of one part. */
export interface ChunkWriter {
  part(json: string): string;
  scored(json: string, logprobs: readonly Json[]): string;
}

/** Gives chunks as JSON text. */
export interface BlockEncoder {
  delta(event: DeltaEvent): readonly string[];
  end(): readonly string[];
}

const NOTHING: readonly string[] = [];

export function blockEncoder(block: Block, writer: ChunkWriter): BlockEncoder {
  switch (block.kind) {
    case "text":
      return block.signature === undefined
        ? proseEncoder(writer)
        : signedEncoder(block.signature, writer);
    case "refusal":
      return proseEncoder(writer);
    case "reasoning":
      return reasoningEncoder(writer);
    case "tool-call":
      return callEncoder(block, writer);
  }
}

function proseEncoder(writer: ChunkWriter): BlockEncoder {
  return {
    delta(event) {
      if (event.type !== "text-delta") return NOTHING;
      const part = `{"text":${JSON.stringify(event.text)}}`;
      return [event.logprobs ? writer.scored(part, event.logprobs) : writer.part(part)];
    },
    end: () => NOTHING,
  };
}

/** A signature stands on one part, the last: that one is held back until it is known to be it. */
function signedEncoder(signature: string, writer: ChunkWriter): BlockEncoder {
  const prose = proseEncoder(writer);
  let held: Extract<DeltaEvent, { type: "text-delta" }> | undefined;
  return {
    delta(event) {
      if (event.type !== "text-delta") return NOTHING;
      const before = held ? prose.delta(held) : NOTHING;
      held = event;
      return before;
    },
    end() {
      const part = JSON.stringify(textPart(held?.text ?? "", signature));
      return [held?.logprobs ? writer.scored(part, held.logprobs) : writer.part(part)];
    },
  };
}

function reasoningEncoder(writer: ChunkWriter): BlockEncoder {
  let signature: string | undefined;
  return {
    delta(event) {
      if (event.type !== "reasoning-delta") return NOTHING;
      signature = event.signature ?? signature;
      if (event.text === undefined || event.text === "") return NOTHING;
      return [writer.part(`{"text":${JSON.stringify(event.text)},"thought":true}`)];
    },
    end() {
      if (signature === undefined) return NOTHING;
      return [writer.part(JSON.stringify(thoughtPart("", signature)))];
    },
  };
}

/** A call goes out whole: Gemini has no pieces of arguments unless the client asked for them. */
function callEncoder(
  block: Extract<Block, { kind: "tool-call" }>,
  writer: ChunkWriter,
): BlockEncoder {
  let text = "";
  return {
    delta(event) {
      if (event.type === "tool-call-delta") text += event.arguments;
      return NOTHING;
    },
    end: () => [writer.part(JSON.stringify(encodeCall(block, text)))],
  };
}

const UNKNOWN_TYPE = "application/octet-stream";

export function decodeInlineData(written: JsonObject, at: string): FilePart {
  const wire = camelKeys(written);
  return {
    type: "file",
    mediaType: plainMediaType(optionalString(wire, "mimeType", at) ?? UNKNOWN_TYPE),
    source: { kind: "base64", data: plainBase64(requiredString(wire, "data", at)) },
  };
}

export function decodeFileData(written: JsonObject, at: string): FilePart {
  const wire = camelKeys(written);
  return {
    type: "file",
    ...fileAt(
      requiredString(wire, "fileUri", at),
      plainMediaType(optionalString(wire, "mimeType", at) ?? UNKNOWN_TYPE),
    ),
  };
}

/** https://ai.google.dev/gemini-api/docs/files; `at` is the part's place in the client's request. */
export function encodeFile(part: FilePart, at: string, list: NoticeList): JsonObject {
  if (part.detail !== undefined && part.detail !== "auto") {
    list.dropped(`${at}.image_url.detail`, "Gemini decides how closely it looks at a picture.");
  }
  const { source, name } = part;
  if (source.kind === "base64") {
    return { inlineData: { mimeType: typeOf(part, name ?? "", at, list), data: source.data } };
  }
  const fileUri = source.kind === "url" ? source.url : fileUriOf(source.id, at);
  if (fileUri.length < 10 && part.mediaType.startsWith("image/")) throw tooShort(at);
  return { fileData: { fileUri, mimeType: typeOf(part, fileUri, at, list) } };
}

function tooShort(at: string): GatewayError {
  const words =
    "could not decode OpenAI image-part, image URL is less than 10 bytes, which is not parsable";
  return new GatewayError("invalid_request", words, { vendor: { param: at } });
}

/** https://ai.google.dev/api/files: another vendor's file is nothing that Gemini could fetch. */
function fileUriOf(id: string, at: string): string {
  if (/^(gs|https?):\/\//.test(id)) return id;
  if (id.startsWith("files/")) return `https://generativelanguage.googleapis.com/v1beta/${id}`;
  throw invalidField(at, "names a file that is not stored at Google; send its content instead");
}

/** A type is required; `place` is a name or address that may tell it. */
function typeOf(part: FilePart, place: string, at: string, list: NoticeList): string {
  const { mediaType } = part;
  if (!mediaType.endsWith("/*") && mediaType !== UNKNOWN_TYPE) return mediaType;
  const path = place.split(/[?#]/, 1)[0] ?? "";
  const known = EXTENSIONS[path.slice(path.lastIndexOf(".") + 1).toLowerCase()];
  if (known !== undefined) return known;
  const assumed = ASSUMED[mediaType] ?? "application/pdf";
  list.approximated(at, `Nothing tells the type of this file; Gemini needs one: ${assumed}.`);
  return assumed;
}

const ASSUMED: Readonly<Record<string, string>> = {
  "image/*": "image/jpeg",
  "audio/*": "audio/mpeg",
  "video/*": "video/mp4",
};

const EXTENSIONS: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  bmp: "image/bmp",
  heic: "image/heic",
  heif: "image/heif",
  avif: "image/avif",
  svg: "image/svg+xml",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  aac: "audio/aac",
  flac: "audio/flac",
  ogg: "audio/ogg",
  m4a: "audio/mp4",
  mp4: "video/mp4",
  mov: "video/quicktime",
  mpeg: "video/mpeg",
  mpg: "video/mpeg",
  webm: "video/webm",
  wmv: "video/x-ms-wmv",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  html: "text/html",
  css: "text/css",
  csv: "text/csv",
  xml: "text/xml",
  json: "application/json",
};
