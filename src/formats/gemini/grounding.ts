import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";
import { proseOf } from "./answer.ts";
import { present } from "./wire.ts";

/**
 * The sources of a candidate's text: what a search found
 * (https://ai.google.dev/gemini-api/docs/google-search) and what the model quoted
 * (`citationMetadata`). Offsets are bytes of UTF-8 on the wire; these count in all that was said.
 */
export function decodeSources(candidate: JsonObject, said: Said): Annotation[] {
  return [
    ...supported(candidate.groundingMetadata, said),
    ...quoted(candidate.citationMetadata, said.words),
  ];
}

function supported(wire: Json | undefined, said: Said): Annotation[] {
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
      return isJsonObject(chunk) ? [citation(chunk, segment, said)] : [];
    });
  });
}

function citation(chunk: JsonObject, segment: JsonObject, said: Said): Annotation {
  const source = isJsonObject(chunk.web) ? chunk.web : chunk.retrievedContext;
  const { title, uri } = isJsonObject(source) ? source : {};
  return {
    type: "citation",
    ...(typeof title === "string" && { title }),
    ...(typeof uri === "string" && { url: uri }),
    ...(typeof segment.text === "string" && { quote: segment.text }),
    ...segmentRange(segment, said),
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
    ...rangeFrom(quote, 0, text),
    raw: quote,
  }));
}

interface Range {
  readonly start?: number;
  readonly end?: number;
}

/**
 * A segment counts from the start of its part. Google at times leaves out which part that is, also
 * where it is not the first (https://github.com/googleapis/python-genai/issues/961): the segment's
 * own text tells.
 */
function segmentRange(segment: JsonObject, { words, starts }: Said): Range {
  const { partIndex, text } = segment;
  const named = typeof partIndex === "number" ? (starts[partIndex] ?? 0) : 0;
  const range = rangeFrom(segment, named, words);
  if (typeof text !== "string" || isSaid(text, range, words)) return range;
  const others = [0, ...starts].map((start) => rangeFrom(segment, start, words));
  return others.find((other) => isSaid(text, other, words)) ?? range;
}

function isSaid(text: string, { start, end }: Range, words: string): boolean {
  return words.slice(start, end) === text;
}

/** An absent start is 0: the wire leaves out zeros. `from` counts UTF-16 units. */
function rangeFrom({ startIndex, endIndex }: JsonObject, from: number, words: string): Range {
  if (typeof endIndex !== "number") return {};
  const start = typeof startIndex === "number" ? startIndex : 0;
  const text = words.slice(from);
  return { start: from + unitsBefore(text, start), end: from + unitsBefore(text, endIndex) };
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

/** A candidate's words so far, and where in them each part of its content begins. */
export interface Said {
  readonly words: string;
  readonly starts: readonly number[];
}

export interface SaidText {
  /** Reads the parts of one chunk. */
  add(parts: readonly JsonObject[]): void;
  said(): Said;
}

/** A part that is cut over chunks is one part, as in a whole answer. */
export function saidText(): SaidText {
  const starts: number[] = [];
  let words = "";
  let open: "text" | "thought" | undefined;

  function add(parts: readonly JsonObject[]) {
    for (const [i, part] of parts.entries()) {
      const kind = kindOf(part);
      const goesOn = i === 0 && kind !== undefined && kind === open;
      if (!goesOn) starts.push(words.length);
      open = part.thoughtSignature === undefined ? kind : undefined;
      if (kind !== "thought" && !isJsonObject(part.functionCall)) words += proseOf(part);
    }
  }

  return { add, said: () => ({ words, starts }) };
}

function kindOf(part: JsonObject): "text" | "thought" | undefined {
  if (part.thought === true) return "thought";
  return typeof part.text === "string" ? "text" : undefined;
}
