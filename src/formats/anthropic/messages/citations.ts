import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Annotation } from "../../../chat/message.ts";

/** Tolerant: what is no citation is skipped. */
export function decodeCitations(wire: Json | undefined): Annotation[] {
  if (!Array.isArray(wire)) return [];
  return wire.flatMap((citation) => (isJsonObject(citation) ? [decodeCitation(citation)] : []));
}

/**
 * https://platform.claude.com/docs/en/build-with-claude/citations. The places that a citation names
 * are in the source, not in the answer, so they stay in `raw`.
 */
export function decodeCitation(wire: JsonObject): Annotation {
  const title = wire.title ?? wire.document_title;
  const url = wire.url ?? (isAddress(wire.source) ? wire.source : undefined);
  return {
    type: "citation",
    ...(typeof title === "string" && { title }),
    ...(typeof url === "string" && { url }),
    ...(typeof wire.cited_text === "string" && { quote: wire.cited_text }),
    raw: wire,
  };
}

function isAddress(source: Json | undefined): boolean {
  return typeof source === "string" && /^https?:/.test(source);
}

const OWN_KINDS = new Set<Json | undefined>([
  "char_location",
  "page_location",
  "content_block_location",
  "web_search_result_location",
  "search_result_location",
]);

/** A citation of another vendor becomes that of a web page; one without an address has no form here. */
export function encodeCitation({ raw, url, title, quote }: Annotation): JsonObject | undefined {
  if (raw && OWN_KINDS.has(raw.type)) return raw;
  if (url === undefined) return undefined;
  return {
    type: "web_search_result_location",
    cited_text: quote ?? "",
    encrypted_index: "",
    title: title ?? null,
    url,
  };
}

export function encodeCitations(annotations: readonly Annotation[] | undefined): JsonObject[] {
  return (annotations ?? [])
    .map(encodeCitation)
    .filter((citation): citation is JsonObject => citation !== undefined);
}
