import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";

/** A claim by its path into nested objects. */
export function claimAt(claims: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = claims;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return path.length === 0 ? undefined : value;
}

/** Texts of a claim that is a list, or one text of words with spaces between them (RFC 6749 §3.3). */
export function wordsOf(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return value.split(/\s+/).filter((word) => word !== "");
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is string => typeof one === "string");
}

/** A name that a claim gives: a text or a number, not empty. */
export function nameIn(value: Json | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether a claim has what one of the entries asks for: all words of the entry. */
export function hasRequired(
  value: Json | undefined,
  required: readonly string[] | undefined,
): boolean {
  if (required === undefined) return true;
  const words = new Set(wordsOf(value));
  return required.some((entry) => wordsOf(entry).every((word) => words.has(word)));
}
