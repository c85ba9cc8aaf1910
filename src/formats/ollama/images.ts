import type { Json } from "../../chat/json.ts";
import type { FilePart, TextPart } from "../../chat/message.ts";
import { invalidField } from "../fields.ts";
import { imageFormatOfData, inlineText, plainBase64 } from "../inline-files.ts";
import type { NoticeList } from "../notice-list.ts";

/** Images are bare base64 on this wire; their kind shows in their first bytes. */
export function decodeImage(value: Json, at: string): FilePart {
  if (typeof value !== "string") throw invalidField(at, "must be a base64 string");
  const data = plainBase64(value);
  const format = imageFormatOfData(data);
  const mediaType = format === undefined ? "image/*" : `image/${format}`;
  return { type: "file", mediaType, source: { kind: "base64", data } };
}

export interface Spoken {
  readonly text: string;
  readonly images: readonly string[];
}

/** One text and its images: what a message of this wire holds. */
export function encodeParts(
  parts: readonly (TextPart | FilePart)[],
  at: string,
  list: NoticeList,
): Spoken {
  const texts: string[] = [];
  const images: string[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.type === "text") texts.push(part.text);
    else encodeFile(part, `${at}[${i}]`, { texts, images }, list);
  }
  return { text: texts.join("\n"), images };
}

function encodeFile(
  part: FilePart,
  at: string,
  into: { readonly texts: string[]; readonly images: string[] },
  list: NoticeList,
) {
  if (part.mediaType.startsWith("image/")) {
    if (part.source.kind === "base64") into.images.push(part.source.data);
    else list.dropped(at, "Ollama does not fetch images; it takes them as base64 data.");
    return;
  }
  const text = inlineText(part);
  if (!text) return list.dropped(at, "Ollama takes only text and images.");
  into.texts.push(text.text);
  list.approximated(at, "Ollama takes no documents; the text stands in its place.");
}
