import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Annotation } from "../../../chat/message.ts";

/** Tolerant: what is no annotation is skipped; a kind other than `url_citation` is kept whole. */
export function decodeAnnotations(wire: Json | undefined): Annotation[] {
  if (!Array.isArray(wire)) return [];
  return wire.flatMap((one) => (isJsonObject(one) ? [decodeAnnotation(one)] : []));
}

export function decodeAnnotation(wire: JsonObject): Annotation {
  if (wire.type !== "url_citation") return { type: "citation", raw: wire };
  const { title, url, start_index: start, end_index: end } = wire;
  return {
    type: "citation",
    ...(typeof title === "string" && { title }),
    ...(typeof url === "string" && { url }),
    ...(typeof start === "number" && { start }),
    ...(typeof end === "number" && { end }),
  };
}

const OWN_KINDS = new Set<Json | undefined>([
  "file_citation",
  "container_file_citation",
  "file_path",
]);

/** A citation without an address has no form here, unless it is one of OpenAI's own kinds. */
export function encodeAnnotation(annotation: Annotation): JsonObject | undefined {
  const { title, url, start, end, raw } = annotation;
  if (url === undefined) return raw && OWN_KINDS.has(raw.type) ? raw : undefined;
  return {
    type: "url_citation",
    start_index: start ?? 0,
    end_index: end ?? 0,
    url,
    title: title ?? "",
  };
}
