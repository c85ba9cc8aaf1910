import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { Notice } from "../../chat/notice.ts";
import type { Usage } from "../../chat/usage.ts";
import type { EmbeddingsRequest } from "./format.ts";

/** What the formats of vectors share: reading answers, and telling what was left out. */

export function answerObject(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw unusable("it is no JSON object");
}

/** The list of vectors at `value`. */
export function vectorsIn(value: unknown): readonly (readonly number[])[] {
  if (!Array.isArray(value)) throw unusable("it holds no list of vectors");
  return value.map(vectorIn);
}

export function vectorIn(value: unknown): readonly number[] {
  if (!isNumbers(value)) throw unusable("a vector in it is no list of numbers");
  return value;
}

function isNumbers(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  // A loop: a long list of long vectors is millions of numbers.
  for (const one of value) if (typeof one !== "number") return false;
  return true;
}

export function unusable(detail: string): GatewayError {
  return new GatewayError("upstream_bad_response", detail);
}

/** The usage of a call that generates nothing; undefined where the vendor gave no number. */
export function promptUsage(tokens: unknown): { readonly usage?: Usage } {
  if (typeof tokens !== "number" || !Number.isFinite(tokens)) return {};
  return { usage: { promptTokens: tokens, completionTokens: 0, totalTokens: tokens } };
}

/** Of what the client wrote beside OpenAI's members, those that are the vendor's own. */
export function ownMembers({ extra }: EmbeddingsRequest, names: readonly string[]): JsonObject {
  const present = names.filter((name) => (extra[name] ?? null) !== null);
  return Object.fromEntries(present.map((name) => [name, extra[name]]));
}

/** A notice for each that is not. */
export function leftOver(
  { extra }: EmbeddingsRequest,
  names: readonly string[] = [],
): readonly Notice[] {
  return Object.keys(extra)
    .filter((field) => !names.includes(field) && extra[field] !== null)
    .map((field) => ({ kind: "dropped", field, reason: "This model's API has no such member." }));
}

/** For a model whose vectors have one length. */
export function droppedDimensions({ dimensions }: EmbeddingsRequest): readonly Notice[] {
  if (dimensions === undefined) return [];
  const reason = "This model gives vectors of one length.";
  return [{ kind: "dropped", field: "dimensions", reason }];
}
