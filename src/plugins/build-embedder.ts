import type { Embedder } from "../embeddings/embedder.ts";
import { keepingVectors } from "../embeddings/kept-vectors.ts";
import { localEmbedder } from "../embeddings/local-embedder.ts";
import type { Hold } from "../gateway/call/kept-state.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import { remoteEmbedder } from "../gateway/proxy/remote-embedder.ts";
import { type EmbeddingsOptions, embeddingsTarget } from "../providers/embeddings-schema.ts";
import { compileTarget } from "../providers/target.ts";

export interface EmbedderSource {
  readonly embeddings: EmbeddingsOptions;
  /** The length of the vectors: `vectordb.dimensions`. */
  readonly dimensions: number;
  /** Of all that is asked for one list of texts; 2 s unless said, since a plugin must not hold a call for long. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 2_000;

/**
 * The embedder that `embeddings` options describe. Plugins with the same options share one, and so do
 * configurations before and after a reload, so that no text is asked for again whose vector is kept.
 * Whoever asked for it lets go of it with `release`, in `Plugin.close`.
 */
export function buildEmbedder(source: EmbedderSource, processState: ProcessState): Hold<Embedder> {
  const { embeddings, dimensions, timeoutMs = DEFAULT_TIMEOUT_MS } = source;
  const key = `embedder ${JSON.stringify([embeddings, dimensions, timeoutMs])}`;
  return processState.kept.keep(key, () => {
    const { provider, name: model } = embeddings.model;
    if (provider === "local") {
      const called = { provider, model, dimensions };
      return keepingVectors(localEmbedder(processState.localModel, called));
    }
    const target = compileTarget(embeddingsTarget(embeddings));
    return keepingVectors(remoteEmbedder({ target, dimensions, timeoutMs }, processState));
  });
}
