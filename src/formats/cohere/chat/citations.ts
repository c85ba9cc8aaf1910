import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Annotation } from "../../../chat/message.ts";
import { rangeWithin } from "../answer.ts";

/** https://docs.cohere.com/docs/citations; undefined for what is no citation. */
export function decodeCitation(wire: Json, text: string): Annotation | undefined {
  if (!isJsonObject(wire)) return undefined;
  const source = Array.isArray(wire.sources) ? wire.sources.find(isJsonObject) : undefined;
  const document = isJsonObject(source?.document) ? source.document : {};
  const span = spanOf(wire, text);
  return {
    type: "citation",
    ...(typeof document.title === "string" && { title: document.title }),
    ...(typeof document.url === "string" && { url: document.url }),
    ...(typeof document.snippet === "string" && { quote: document.snippet }),
    ...(span ?? {}),
    raw: wire,
  };
}

/**
 * Which of the answer's content items a citation stands in; undefined means the tool plan. One that
 * does not say stands in the text, `textItem`; one of the thinking, which comes first, does not.
 */
export function citedItem(wire: Json, textItem: number | undefined): number | undefined {
  if (!isJsonObject(wire) || wire.type === "PLAN") return undefined;
  if (typeof wire.content_index === "number") return wire.content_index;
  return wire.type === "THINKING_CONTENT" ? 0 : textItem;
}

/**
 * Cohere counts characters, we count UTF-16 units. They differ only behind a character beyond the
 * first plane, which the cited words themselves show.
 */
function spanOf(
  wire: JsonObject,
  text: string,
): { readonly start: number; readonly end: number } | undefined {
  const { start, end, text: cited } = wire;
  if (typeof start !== "number" || typeof end !== "number") return undefined;
  if (typeof cited !== "string" || text.slice(start, end) === cited) return { start, end };
  const moved = unitOffset(text, start);
  if (text.startsWith(cited, moved)) return { start: moved, end: moved + cited.length };
  return { start, end };
}

function unitOffset(text: string, characters: number): number {
  let units = 0;
  let left = characters;
  for (const character of text) {
    if (left === 0) break;
    units += character.length;
    left--;
  }
  return units;
}

/** Cohere's own citation as it came; any other as a document that the words rest on. */
export function encodeCitation(annotation: Annotation, text: string, item: number): JsonObject {
  const { raw, title, url, quote } = annotation;
  if (raw && Array.isArray(raw.sources)) return raw;
  const { start, end } = rangeWithin(annotation, text);
  return {
    start,
    end,
    text: text.slice(start, end),
    sources: [
      {
        type: "document",
        id: url ?? title ?? "document",
        document: {
          ...(title !== undefined && { title }),
          ...(url !== undefined && { url }),
          ...(quote !== undefined && { snippet: quote }),
        },
      },
    ],
    content_index: item,
    type: "TEXT_CONTENT",
  };
}
