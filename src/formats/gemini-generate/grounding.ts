import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";
import { present } from "./wire.ts";

/**
 * The sources of a candidate's text: what a search found
 * (https://ai.google.dev/gemini-api/docs/google-search) and what the model quoted
 * (`citationMetadata`). `text` is the text they count in; their offsets are bytes of UTF-8.
 */
export function decodeSources(candidate: JsonObject, text: string): Annotation[] {
  return [
    ...supported(candidate.groundingMetadata, text),
    ...quoted(candidate.citationMetadata, text),
  ];
}

function supported(wire: Json | undefined, text: string): Annotation[] {
  if (!isJsonObject(wire)) return [];
  const chunks: readonly Json[] = Array.isArray(wire.groundingChunks) ? wire.groundingChunks : [];
  const supports = Array.isArray(wire.groundingSupports) ? wire.groundingSupports : [];
  return supports.filter(isJsonObject).flatMap((support: JsonObject) => {
    const indices = Array.isArray(support.groundingChunkIndices)
      ? support.groundingChunkIndices
      : [];
    const segment = isJsonObject(support.segment) ? support.segment : {};
    return indices.flatMap((index: Json) => {
      const chunk = typeof index === "number" ? chunks[index] : undefined;
      return isJsonObject(chunk) ? [citation(chunk, segment, text)] : [];
    });
  });
}

function citation(chunk: JsonObject, segment: JsonObject, text: string): Annotation {
  const source = isJsonObject(chunk.web) ? chunk.web : chunk.retrievedContext;
  const { title, uri } = isJsonObject(source) ? source : {};
  return {
    type: "citation",
    ...(typeof title === "string" && { title }),
    ...(typeof uri === "string" && { url: uri }),
    ...(typeof segment.text === "string" && { quote: segment.text }),
    ...range(segment, text),
    ...(!isJsonObject(chunk.web) && { raw: chunk }),
  };
}

function quoted(wire: Json | undefined, text: string): Annotation[] {
  const { citations, citationSources } = isJsonObject(wire) ? wire : {};
  const found = citations ?? citationSources;
  if (!Array.isArray(found)) return [];
  return found.filter(isJsonObject).map((quote: JsonObject) => ({
    type: "citation",
    ...(typeof quote.title === "string" && { title: quote.title }),
    ...(typeof quote.uri === "string" && { url: quote.uri }),
    ...range(quote, text),
    raw: quote,
  }));
}

/** An absent start is 0: the wire leaves out zeros. */
function range({ startIndex, endIndex }: JsonObject, text: string): Partial<Annotation> {
  if (typeof endIndex !== "number") return {};
  const start = typeof startIndex === "number" ? startIndex : 0;
  return { start: unitsBefore(text, start), end: unitsBefore(text, endIndex) };
}

/** `texts` are the parts of one candidate, in order. */
export function encodeSources(
  texts: readonly { readonly text: string; readonly annotations?: readonly Annotation[] }[],
): JsonObject | undefined {
  const groundingChunks: JsonObject[] = [];
  const groundingSupports: JsonObject[] = [];
  let before = "";
  for (const { text, annotations = [] } of texts) {
    const whole = before + text;
    for (const annotation of annotations) {
      const segment = {
        ...present("startIndex", bytesAt(whole, annotation.start, before.length)),
        ...present("endIndex", bytesAt(whole, annotation.end, before.length)),
        ...present("text", annotation.quote),
      };
      groundingSupports.push({ segment, groundingChunkIndices: [groundingChunks.length] });
      groundingChunks.push(chunkOf(annotation));
    }
    before = whole;
  }
  return groundingChunks.length > 0 ? { groundingChunks, groundingSupports } : undefined;
}

function chunkOf({ title, url, raw }: Annotation): JsonObject {
  if (raw && (isJsonObject(raw.retrievedContext) || isJsonObject(raw.maps))) return raw;
  return { web: { ...present("uri", url), ...present("title", title) } };
}

function bytesAt(text: string, offset: number | undefined, from: number): number | undefined {
  if (offset === undefined) return undefined;
  return new TextEncoder().encode(text.slice(0, from + offset)).length;
}

/** UTF-16 units of the first `bytes` bytes of the text. */
function unitsBefore(text: string, bytes: number): number {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, bytes)).length;
}
