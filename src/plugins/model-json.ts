import { parseJson } from "../chat/json.ts";

/**
 * JSON as models write it, and as the reference's parser (lua-cjson) reads it: control characters may
 * stand raw in strings, line breaks above all. Throws as `parseJson` does.
 */
export function parseModelJson(text: string): unknown {
  return parseJson(wellFormedJson(text));
}

/** The text itself where nothing stands raw. What is no JSON otherwise is none afterwards. */
export function wellFormedJson(text: string): string {
  return text.replaceAll(STRING, (string) => string.replaceAll(ESCAPED_OR_RAW, written));
}

/** A string, to its end or the text's; it holds no `"` but behind a `\`. */
const STRING = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ESCAPED_OR_RAW = /\\[\s\S]|[\u0000-\u001f]/g;

function written(found: string): string {
  if (found.startsWith("\\")) return found;
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
