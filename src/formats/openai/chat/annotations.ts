import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Annotation, RefusalPart, TextPart } from "../../../chat/message.ts";

/** Tolerant: what is no annotation is skipped; a kind other than `url_citation` is kept whole. */
export function decodeAnnotations(wire: Json | undefined): Annotation[] {
  if (!Array.isArray(wire)) return [];
  return wire.flatMap((annotation) =>
    isJsonObject(annotation) ? [decodeAnnotation(annotation)] : [],
  );
}

function decodeAnnotation(wire: JsonObject): Annotation {
  const citation = wire.url_citation;
  if (wire.type !== "url_citation" || !isJsonObject(citation))
    return { type: "citation", raw: wire };
  const { title, url, content, start_index: start, end_index: end } = citation;
  return {
    type: "citation",
    ...(typeof title === "string" && { title }),
    ...(typeof url === "string" && { url }),
    ...(typeof content === "string" && { quote: content }),
    ...(typeof start === "number" && { start }),
    ...(typeof end === "number" && { end }),
  };
}

const OWN_KINDS = new Set<Json | undefined>(["file_citation", "file_path"]);

/**
 * A citation without an address has no form here, unless it is one of OpenAI's own kinds. `offset`
 * is the length of the text that stands before the part in the joined message.
 */
export function encodeAnnotation(annotation: Annotation, offset: number): JsonObject | undefined {
  const { title, url, quote, start, end, raw } = annotation;
  if (url === undefined) return raw && OWN_KINDS.has(raw.type) ? raw : undefined;
  return {
    type: "url_citation",
    url_citation: {
      ...(start !== undefined && { start_index: start + offset }),
      ...(end !== undefined && { end_index: end + offset }),
      url,
      title: title ?? "",
      ...(quote !== undefined && { content: quote }),
    },
  };
}

/** The annotations of parts whose texts are joined. */
export function encodeAnnotations(
  parts: readonly { readonly text: string; readonly annotations?: readonly Annotation[] }[],
): JsonObject[] {
  const encoded: JsonObject[] = [];
  let offset = 0;
  for (const part of parts) {
    for (const annotation of part.annotations ?? []) {
      const wire = encodeAnnotation(annotation, offset);
      if (wire) encoded.push(wire);
    }
    offset += part.text.length;
  }
  return encoded;
}

/** The inverse: each goes to the text that it starts in, those that name no place to the last. */
export function seatAnnotations(
  parts: readonly (TextPart | RefusalPart)[],
  annotations: readonly Annotation[],
): (TextPart | RefusalPart)[] {
  const last = parts.findLastIndex(({ type }) => type === "text");
  let left = annotations;
  let offset = 0;
  return parts.map((part, i) => {
    if (part.type !== "text") return part;
    const from = offset;
    const to = from + part.text.length;
    offset = to;
    const isHere = ({ start = to }: Annotation) => i === last || start < to;
    const here = left.filter(isHere);
    left = left.filter((annotation) => !isHere(annotation));
    if (here.length === 0) return part;
    return { ...part, annotations: here.map((annotation) => moved(annotation, -from)) };
  });
}

function moved(annotation: Annotation, by: number): Annotation {
  const { start, end } = annotation;
  return {
    ...annotation,
    ...(start !== undefined && { start: start + by }),
    ...(end !== undefined && { end: end + by }),
  };
}
