import { GatewayError } from "../chat/error.ts";
import type { Embedder } from "./embedder.ts";

/** What the vectors and their texts may take together. */
const MAX_BYTES = 16 * 1024 * 1024;

/** An embedder that keeps the vectors of the texts that were asked for last, and asks once for what is the same. */
export function keepingVectors(embedder: Embedder, maxBytes = MAX_BYTES): Embedder {
  /** The text that was asked for last stands last. */
  const kept = new Map<string, Float32Array>();
  let heldBytes = 0;

  function remember(text: string, vector: Float32Array): void {
    forget(text);
    kept.set(text, vector);
    heldBytes += bytesOf(text, vector);
    for (const oldest of kept.keys()) {
      if (heldBytes <= maxBytes) return;
      forget(oldest);
    }
  }

  function forget(text: string): void {
    const vector = kept.get(text);
    if (vector && kept.delete(text)) heldBytes -= bytesOf(text, vector);
  }

  return {
    ...embedder,
    async embed(texts, signal) {
      const startedAtMs = performance.now();
      const found = new Map<string, Float32Array>();
      const missing: string[] = [];
      for (const text of new Set(texts)) {
        const vector = kept.get(text);
        if (vector) found.set(text, vector);
        else missing.push(text);
      }
      const made = missing.length > 0 ? await embedder.embed(missing, signal) : undefined;
      for (const [at, vector] of (made?.vectors ?? []).entries())
        found.set(missing[at] ?? "", vector);
      for (const [text, vector] of found) remember(text, vector);
      return {
        vectors: texts.map((text) => found.get(text) ?? noVector()),
        promptTokens: made?.promptTokens ?? 0,
        latencyMs: performance.now() - startedAtMs,
        asked: missing.length,
      };
    },
  };
}

function bytesOf(text: string, vector: Float32Array): number {
  return text.length * 2 + vector.byteLength;
}

function noVector(): never {
  throw new GatewayError("unavailable", "the embedding model gave no vector for one of the texts");
}
