import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { Notice } from "../../chat/request.ts";
import type { Usage } from "../../chat/usage.ts";
import type { EncodedRequest } from "../wire-format.ts";

/**
 * How a vendor that does not speak OpenAI's dialect is asked for the vectors of texts. Decoders throw
 * `upstream_bad_response` for what is no answer. Nothing here does I/O.
 */
export interface EmbeddingsFormat {
  readonly name: string;
  /** Most texts of one request: a client's longer list is asked for in parts. */
  readonly maxTexts: number;
  readonly fidelity: EmbeddingsFidelity;
  encodeRequest(request: EmbeddingsRequest): EncodedRequest;
  /** `body` is parsed JSON; some vendors count in `headers`. */
  decodeResponse(body: unknown, headers: Pick<Headers, "get">): EmbeddingsResponse;
}

export interface EmbeddingsRequest {
  readonly model: string;
  readonly texts: readonly string[];
  /** Length of the vectors; absent leaves it to the model. */
  readonly dimensions?: number;
  /** What the client wrote beside OpenAI's own members. */
  readonly extra: JsonObject;
}

/** Numbers, or OpenAI's `base64`: little-endian float32. */
export type Vector = readonly number[] | string;

export interface EmbeddingsResponse {
  /** In the order of the texts. */
  readonly vectors: readonly Vector[];
  /** As the vendor names it. */
  readonly model?: string;
  readonly usage?: Usage;
}

/** What a client can ask for beside the texts; `purpose` is what they are for, in the vendor's own member. */
export const EMBEDDINGS_CAPABILITIES = ["token-input", "dimensions", "user", "purpose"] as const;

/** What becomes of each; every loss also yields a notice. Token ids are read as text. */
export type EmbeddingsFidelity = Readonly<
  Record<(typeof EMBEDDINGS_CAPABILITIES)[number], "kept" | "mapped" | "dropped">
>;

/** What every vendor's answer is. */
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
