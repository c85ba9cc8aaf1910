import type { JsonObject } from "../../chat/json.ts";
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
