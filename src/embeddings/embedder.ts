/** Turns texts into vectors of one length. */
export interface Embedder {
  /** One vector for each text, in their order. Rejects with a `GatewayError` where none can be had. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}
