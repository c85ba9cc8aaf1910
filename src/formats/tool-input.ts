import { isJsonObject, type JsonObject, parseJson } from "../chat/json.ts";

/**
 * A call's arguments as the object that most wires take; undefined when they are none. A model that
 * calls a tool without parameters may write nothing, or `null`.
 */
export function toolInput(text: string): JsonObject | undefined {
  const words = text.trim();
  if (words === "" || words === "null") return {};
  try {
    const value = parseJson(words);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
