import type { FinishReason } from "../../chat/event.ts";
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
  const twice = memberSaidTwice(wire);
  if (twice === undefined) return camelKeys(wire);
  throw invalidField(at === "" ? twice : `${at}.${twice}`, `is ${camelCase(twice)} said twice`);
}

/** A member that stands there in both spellings. */
export function memberSaidTwice(wire: JsonObject): string | undefined {
  for (const key in wire) {
    if (!key.includes("_") || wire[key] === null) continue;
    if ((wire[camelCase(key)] ?? null) !== null) return key;
  }
  return undefined;
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

/** What a client's path says: this format names neither model nor streaming in its body. */
export interface GeneratePath {
  readonly model: string;
  readonly stream: boolean;
}

const PATH = /\/(?:(?:models|tunedModels)\/(.+?)|(endpoints\/[^/:]+)):(\w+)$/;

/**
 * `/v1beta/models/{model}:generateContent`, Vertex AI's
 * `/v1/projects/{p}/locations/{l}/publishers/google/models/{model}:…`, and whatever stands before
 * them. Undefined for any other path, and for a model that is not percent-encoded text.
 */
export function readGeneratePath(path: string): GeneratePath | undefined {
  const [, model, endpoint, action] = PATH.exec(path) ?? [];
  const written = decoded(model ?? endpoint);
  if (written === undefined) return undefined;
  if (action !== "generateContent" && action !== "streamGenerateContent") return undefined;
  return { model: written, stream: action === "streamGenerateContent" };
}

/** The model that a path names, whatever is asked of it. */
export function modelInPath(path: string): string | undefined {
  const [, model, endpoint] = PATH.exec(path) ?? [];
  return decoded(model ?? endpoint);
}

export function isCountPath(path: string): boolean {
  return PATH.exec(path)?.[3] === "countTokens";
}

/** The same path for another model. */
export function withModelInPath(path: string, model: string): string {
  const [found, , , action] = PATH.exec(path) ?? [];
  if (found === undefined) return path;
  return `${path.slice(0, -found.length)}/models/${encodeURIComponent(model)}:${action}`;
}

function decoded(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}

/**
 * https://ai.google.dev/api/generate-content#FinishReason and `BlockedReason` beside it. A word
 * that is not here means that the model stopped by itself.
 */
const REASONS: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  MODEL_ARMOR: "content_filter",
  JAILBREAK: "content_filter",
  LANGUAGE: "stop",
  OTHER: "stop",
  MALFORMED_FUNCTION_CALL: "stop",
  UNEXPECTED_TOOL_CALL: "stop",
  TOO_MANY_TOOL_CALLS: "stop",
  NO_IMAGE: "stop",
  IMAGE_OTHER: "stop",
  CONTINUATION: "length",
};

/** Gemini says `STOP` for tool calls too. */
export function decodeFinish(word: string, hasCalls: boolean): FinishReason {
  const reason = REASONS[word] ?? "stop";
  return reason === "stop" && hasCalls ? "tool_calls" : reason;
}

const WORDS = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tool_calls: "STOP",
  content_filter: "SAFETY",
} as const satisfies Record<FinishReason, string>;

/** The vendor's own word where it is one of Gemini's for the same thing. */
export function encodeFinish(reason: FinishReason, raw: string | undefined): string {
  const known = raw === undefined ? undefined : REASONS[raw];
  const same = known === reason || (known === "stop" && reason === "tool_calls");
  return same && raw !== undefined ? raw : WORDS[reason];
}
