import type { Json, JsonObject } from "../../../chat/json.ts";
import type { Annotation, FilePart, RefusalPart, TextPart } from "../../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalString,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { fileAt, isDataUrl, plainBase64 } from "../../inline-files.ts";
import { decodeAnnotations, encodeAnnotation } from "./annotations.ts";

export type InputPart = TextPart | FilePart;

const UNKNOWN_MEDIA_TYPE = "application/octet-stream";

/** What a user, an instruction or a tool says: words, or a list of parts. */
export function decodeContent(value: Json | undefined, at: string): readonly InputPart[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (Array.isArray(value)) return objectsOf(value, at, decodePart);
  throw invalidField(at, "must be a string or an array of content parts");
}

export function decodeTextContent(value: Json | undefined, at: string): readonly TextPart[] {
  return decodeContent(value, at).map((part, i) => {
    if (part.type === "text") return part;
    throw invalidField(`${at}[${i}].type`, "must be input_text in this role");
  });
}

/** What a model has said before. */
export function decodeSaid(
  value: Json | undefined,
  at: string,
): readonly (TextPart | RefusalPart)[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!Array.isArray(value))
    throw invalidField(at, "must be a string or an array of content parts");
  return objectsOf(value, at, (part, partAt): TextPart | RefusalPart => {
    if (part.type === "refusal") {
      return { type: "refusal", text: requiredString(part, "refusal", partAt) };
    }
    if (part.type !== "output_text" && part.type !== "input_text" && part.type !== "text") {
      throw invalidField(`${partAt}.type`, "must be output_text or refusal in this role");
    }
    const annotations = decodeAnnotations(part.annotations);
    const text = requiredString(part, "text", partAt);
    return { type: "text", text, ...(annotations.length > 0 && { annotations }) };
  });
}

function decodePart(wire: JsonObject, at: string): InputPart {
  switch (wire.type) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: requiredString(wire, "text", at) };
    case "refusal":
      return { type: "text", text: requiredString(wire, "refusal", at) };
    case "input_image":
      return decodeImage(wire, at);
    case "input_file":
      return decodeFile(wire, at);
    case "input_audio":
      return decodeAudio(requiredObject(wire, "input_audio", at), `${at}.input_audio`);
  }
  throw invalidField(`${at}.type`, "must be input_text, input_image, input_file or input_audio");
}

function decodeImage(wire: JsonObject, at: string): FilePart {
  const detail = optionalString(wire, "detail", at);
  const shown = detail === undefined ? {} : { detail };
  const id = optionalString(wire, "file_id", at);
  if (id !== undefined) {
    return { type: "file", mediaType: "image/*", source: { kind: "id", id }, ...shown };
  }
  const url = requiredString(wire, "image_url", at);
  return { type: "file", ...fileAt(url, "image/*"), ...shown };
}

function decodeFile(wire: JsonObject, at: string): FilePart {
  const name = optionalString(wire, "filename", at);
  const named = name === undefined ? {} : { name };
  const id = optionalString(wire, "file_id", at);
  if (id !== undefined) {
    return { type: "file", mediaType: UNKNOWN_MEDIA_TYPE, source: { kind: "id", id }, ...named };
  }
  const url = optionalString(wire, "file_url", at);
  const isPdf = /\.pdf$/i.test(name ?? url ?? "");
  const mediaType = isPdf ? "application/pdf" : UNKNOWN_MEDIA_TYPE;
  if (url !== undefined) return { type: "file", ...fileAt(url, mediaType), ...named };
  const data = optionalString(wire, "file_data", at);
  if (data === undefined) throw invalidField(at, "must have file_data, file_url or file_id");
  if (isDataUrl(data)) return { type: "file", ...fileAt(data, mediaType), ...named };
  return { type: "file", mediaType, source: { kind: "base64", data: plainBase64(data) }, ...named };
}

function decodeAudio(audio: JsonObject, at: string): FilePart {
  const format = requiredString(audio, "format", at);
  const data = plainBase64(requiredString(audio, "data", at));
  const mediaType = format === "mp3" ? "audio/mpeg" : `audio/${format}`;
  return { type: "file", mediaType, source: { kind: "base64", data } };
}

export function encodeContent(parts: readonly InputPart[]): JsonObject[] {
  return parts.map((part) =>
    part.type === "text" ? { type: "input_text", text: part.text } : encodeFile(part),
  );
}

function encodeFile({ mediaType, source, name, detail }: FilePart): JsonObject {
  const isImage = mediaType.startsWith("image/");
  const type = isImage ? "input_image" : "input_file";
  const shown = isImage && detail !== undefined ? { detail } : {};
  const filename = name === undefined || isImage ? {} : { filename: name };
  if (source.kind === "id") return { type, file_id: source.id, ...shown, ...filename };
  if (source.kind === "base64" && mediaType.startsWith("audio/")) {
    const format = mediaType === "audio/mpeg" ? "mp3" : mediaType.slice("audio/".length);
    return { type: "input_audio", input_audio: { data: source.data, format } };
  }
  if (source.kind === "url") {
    return isImage
      ? { type, image_url: source.url, ...shown }
      : { type, file_url: source.url, ...filename };
  }
  const url = `data:${mediaType};base64,${source.data}`;
  return isImage ? { type, image_url: url, ...shown } : { type, file_data: url, ...filename };
}

export function encodeSaid(part: TextPart | RefusalPart): JsonObject {
  if (part.type === "refusal") return { type: "refusal", refusal: part.text };
  return outputText(part.text, part.annotations ?? []);
}

export function outputText(
  text: string,
  annotations: readonly Annotation[],
  logprobs: readonly Json[] = [],
): JsonObject {
  return {
    type: "output_text",
    text,
    annotations: annotations.map(encodeAnnotation).filter((one) => one !== undefined),
    logprobs,
  };
}
