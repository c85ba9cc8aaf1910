import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html */
export function decodeCitation(wire: JsonObject): Annotation {
  const location = isJsonObject(wire.location) ? wire.location : {};
  const web = isJsonObject(location.web) ? location.web : {};
  const quote = quoteOf(wire.sourceContent);
  const url = webAddress(web.url) ?? webAddress(wire.source);
  return {
    type: "citation",
    ...(typeof wire.title === "string" && { title: wire.title }),
    ...(url !== undefined && { url }),
    ...(quote !== "" && { quote }),
    raw: wire,
  };
}

function quoteOf(content: Json | undefined): string {
  if (!Array.isArray(content)) return "";
  return content
    .map((piece) => (isJsonObject(piece) && typeof piece.text === "string" ? piece.text : ""))
    .join("");
}

function webAddress(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^https?:/.test(value) ? value : undefined;
}

/** Converse's own object comes back whole; another vendor's citation says what it can. */
export function encodeCitation({ title, url, quote, raw }: Annotation): JsonObject {
  if (raw && isOwn(raw)) return raw;
  return {
    ...(title !== undefined && { title }),
    ...(url !== undefined && { source: url }),
    ...(quote !== undefined && { sourceContent: [{ text: quote }] }),
    ...(url !== undefined && { location: { web: { url } } }),
  };
}

/** A citation of Anthropic's or OpenAI's names its kind in `type`; Converse's has no such member. */
export function isOwn(raw: JsonObject): boolean {
  return raw.type === undefined;
}
