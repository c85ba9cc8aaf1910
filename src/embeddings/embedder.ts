/**
 * Turns texts into vectors of one length. Plugins get theirs from `buildEmbedder`
 * (`src/plugins/build-embedder.ts`), which makes one of the `embeddings` options.
 */
export interface Embedder {
  /** Whose model it is, for logs. */
  readonly provider: string;
  /** Vectors of two models do not compare: it is part of what a vector is kept under. */
  readonly model: string;
  /** The length of each vector. */
  readonly dimensions: number;
  /**
   * One vector for each text, in their order; nobody may change them. Rejects with a `GatewayError`: `unavailable`
   * where none can be had, `client_aborted` once the signal says so.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Embedded>;
}

export interface Embedded {
  readonly vectors: readonly Float32Array[];
  /** As the model counted, or estimated where it tells nothing; 0 where all of the vectors were kept. */
  readonly promptTokens: number;
  /** Milliseconds that it took. */
  readonly latencyMs: number;
  /** How many of the texts had no vector that was kept. */
  readonly asked: number;
}
