import { GatewayError } from "../chat/error.ts";
import type { Embedder } from "./embedder.ts";
import type { LocalModel } from "./local-model.ts";

/** The local model as plugins ask it; who it is said to be is for logs. */
export function localEmbedder(
  local: LocalModel,
  called: Pick<Embedder, "provider" | "model" | "dimensions">,
): Embedder {
  const { dimensions } = called;
  return {
    ...called,
    async embed(texts) {
      const startedAtMs = performance.now();
      try {
        const { vectors, promptTokens } = await local.vectors(texts, dimensions);
        const latencyMs = performance.now() - startedAtMs;
        return { vectors, promptTokens, latencyMs, asked: texts.length };
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new GatewayError("unavailable", `the embedding model gave no vectors: ${why}`, {
          cause,
        });
      }
    },
  };
}
