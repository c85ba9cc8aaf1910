import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Usage } from "../../chat/usage.ts";
import { invalidField, membersBeside, optionalInteger, optionalString } from "../fields.ts";
import { decodeUsage, encodeUsage } from "../token-usage.ts";
import {
  answerObject,
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  unusable,
  type Vector,
  vectorIn,
} from "./format.ts";

/**
 * OpenAI's dialect of embeddings, which clients speak
 * (https://platform.openai.com/docs/api-reference/embeddings).
 */

/** OpenAI takes no more inputs at once, and nor do we: each may become a request of its own. */
export const MAX_INPUTS = 2048;

export type Encoding = "float" | "base64";

const OWN_MEMBERS = new Set(["model", "input", "dimensions", "encoding_format", "extra_body"]);

/** A client's request for a vendor of another dialect. Throws `invalid_request`. */
export function decodeEmbeddingsRequest(wire: JsonObject, model: string): EmbeddingsRequest {
  const dimensions = optionalInteger(wire, "dimensions", "");
  return {
    model,
    texts: textsIn(wire.input),
    ...(dimensions !== undefined && { dimensions }),
    extra: membersBeside(wire, OWN_MEMBERS) ?? {},
  };
}

function textsIn(input: Json | undefined): readonly string[] {
  const inputs: readonly Json[] = Array.isArray(input) ? input : [input ?? null];
  if (inputs.length > MAX_INPUTS) {
    throw invalidField("input", `may hold ${MAX_INPUTS} texts, and holds ${inputs.length}`);
  }
  return inputs.map((text, at) => {
    if (typeof text === "string") return text;
    throw invalidField(Array.isArray(input) ? `input[${at}]` : "input", "must be a string");
  });
}

/** In which form the client wants vectors. Throws `invalid_request`. */
export function encodingOf(wire: JsonObject): Encoding {
  const encoding = optionalString(wire, "encoding_format", "") ?? "float";
  if (encoding === "float" || encoding === "base64") return encoding;
  throw invalidField("encoding_format", "must be float or base64");
}

/** How many vectors are due: a list of numbers is one input, of token ids. */
export function inputCount(wire: JsonObject): number {
  const { input } = wire;
  return Array.isArray(input) && typeof input[0] !== "number" ? input.length : 1;
}

/** A vendor's answer in this dialect. */
export function decodeEmbeddings(body: unknown): EmbeddingsResponse {
  const { data, model, usage } = answerObject(body);
  if (!Array.isArray(data)) throw unusable("it holds no list of vectors");
  const items: readonly Json[] = data;
  return {
    vectors: inOrder(items).map((item) => {
      const vector = isJsonObject(item) ? item["embedding"] : undefined;
      return typeof vector === "string" ? vector : vectorIn(vector);
    }),
    ...(typeof model === "string" && { model }),
    ...(isJsonObject(usage) && { usage: decodeUsage(usage, undefined) }),
  };
}

/** The index says which text a vector is of, wherever it stands; some servers write none. */
function inOrder(items: readonly Json[]): readonly Json[] {
  const indexOf = (item: Json) => (isJsonObject(item) ? item["index"] : undefined);
  if (items.every((item, at) => indexOf(item) === at)) return items;
  const ordered = items.map((_, index) => items.find((item) => indexOf(item) === index));
  return ordered.every((item) => item !== undefined) ? ordered : items;
}

export interface EmbeddingsAnswer {
  readonly vectors: readonly Vector[];
  readonly model: string;
  readonly usage: Usage;
}

export function encodeEmbeddings(answer: EmbeddingsAnswer, encoding: Encoding): JsonObject {
  const { completion_tokens: _, ...usage } = encodeUsage(answer.usage);
  return {
    object: "list",
    data: answer.vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: inEncoding(vector, encoding),
    })),
    model: answer.model,
    usage,
  };
}

/**
 * A vendor's answer with its vectors in base64, where the client asked for that and the vendor of this
 * dialect did not heed it; undefined where there is nothing to change.
 */
export function reencoded(body: JsonObject, encoding: Encoding): JsonObject | undefined {
  const { data } = body;
  const items: readonly Json[] = Array.isArray(data) ? data : [];
  const isAsAsked = (item: Json) => !isJsonObject(item) || typeof item["embedding"] === "string";
  if (encoding === "float" || items.every(isAsAsked)) return undefined;
  return {
    ...body,
    data: items.map((item) => {
      if (!isJsonObject(item) || isAsAsked(item)) return item;
      return { ...item, embedding: inEncoding(vectorIn(item["embedding"]), encoding) };
    }),
  };
}

/** Base64 is little-endian, as every machine is that the gateway runs on. */
function inEncoding(vector: Vector, encoding: Encoding): Vector {
  if (encoding === "float" || typeof vector === "string") return vector;
  return new Uint8Array(Float32Array.from(vector).buffer).toBase64();
}
