import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Annotation } from "../../../chat/message.ts";
import { isJsonArray } from "../../fields.ts";
import { rangeWithin } from "../citations.ts";

/** `documents` are those of the answer; a citation names them by their ids. */
export function decodeCitations(
  wire: Json | undefined,
  documents: Json | undefined,
): readonly Annotation[] {
  if (!isJsonArray(wire)) return [];
  const known = isJsonArray(documents) ? documents.filter(isJsonObject) : [];
  return wire.filter(isJsonObject).map((citation): Annotation => {
    const ids = isJsonArray(citation.document_ids) ? citation.document_ids : [];
    const { title, url, snippet } = known.find(({ id }) => ids.includes(id ?? null)) ?? {};
    const { start, end } = citation;
    return {
      type: "citation",
      ...(typeof title === "string" && { title }),
      ...(typeof url === "string" && { url }),
      ...(typeof snippet === "string" && { quote: snippet }),
      ...(typeof start === "number" && { start }),
      ...(typeof end === "number" && { end }),
      raw: citation,
    };
  });
}

export function encodeCitation(annotation: Annotation, text: string): JsonObject {
  const { raw, url, title } = annotation;
  if (raw && isJsonArray(raw.document_ids)) return raw;
  const { start, end } = rangeWithin(annotation, text);
  return { start, end, text: text.slice(start, end), document_ids: [url ?? title ?? "document"] };
}
