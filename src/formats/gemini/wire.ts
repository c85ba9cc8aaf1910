import type { Json, JsonObject } from "../../chat/json.ts";
import { invalidField } from "../fields.ts";

/** https://ai.google.dev/api/generate-content; Vertex AI speaks the same under another path. */
export const FORMAT_NAME = "gemini-generate";

/** What OpenRouter calls this vendor's reasoning: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens */
export const SIGNER = "google-gemini-v1";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode response from Gemini";

/** The reference's words for an answer without an answer. */
export const NO_CANDIDATES =
  "no generation candidates received from Gemini, or max_tokens too short";

/** The reference's words for an answer that safety rules have emptied. */
export const UNSAFE = "transformation generation candidate breached Gemini content safety";

/**
 * The object's members under their camelCase names: the API takes snake_case just as well
 * (https://protobuf.dev/programming-guides/json/). Only this level; what lies below may be free.
 */
export function camelKeys(wire: JsonObject): JsonObject {
  let renamed: Record<string, Json | undefined> | undefined;
  for (const key in wire) {
    if (!key.includes("_")) continue;
    renamed ??= { ...wire };
    delete renamed[key];
    renamed[camelCase(key)] ??= wire[key];
  }
  return renamed ?? wire;
}

/**
 * The same of what a client wrote. Of a member that stands there in both spellings a reader here and the
 * vendor might take different ones. Throws `invalid_request` naming it.
 */
export function clientKeys(wire: JsonObject, at: string): JsonObject {
  for (const key in wire) {
    if (key.includes("_") && wire[key] !== null && (wire[camelCase(key)] ?? null) !== null) {
      throw invalidField(at === "" ? key : `${at}.${key}`, `is ${camelCase(key)} said twice`);
    }
  }
  return camelKeys(wire);
}

function camelCase(key: string): string {
  const [first = "", ...rest] = key.split("_");
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

/** One object where a list is expected counts as a list of one. */
export function listed(value: Json | undefined): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : value;
}

/** For members that have a value, and are left out where they have none. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } {
  if (value === undefined) return {};
  return { [name]: value } as { readonly [N in Name]: Value };
}
