import { createHash } from "node:crypto";
import type { Embedder } from "../embeddings/embedder.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import type { EmbeddingsOptions } from "../providers/embeddings-schema.ts";
import { openVectorStore } from "../vectors/open-vector-store.ts";
import type { VectorStore } from "../vectors/vector-store.ts";
import { buildEmbedder } from "./build-embedder.ts";
import type { VectordbOptions } from "./vectordb-schema.ts";

export interface ConfiguredTexts {
  /** Of the plugin instance whose options hold them. */
  readonly id: string;
  readonly texts: readonly string[];
  readonly embeddings: EmbeddingsOptions;
  readonly vectordb: VectordbOptions;
}

/** What is compared with the texts that a plugin's options hold: rules, descriptions. */
export interface ConfiguredVectors {
  /** The model that made them, for what is compared with them. */
  readonly embedder: Embedder;
  /** Neither the model nor the store is elsewhere. */
  readonly asksNobody: boolean;
  /** By text. They are made when first asked for, and again until it works. Rejects as `Embedder.embed` does. */
  byText(): Promise<ReadonlyMap<string, Float32Array>>;
  release(): Promise<void>;
}

/** So long the store keeps what no configuration names any more. */
const KEPT_MS = 30 * 24 * 3_600_000;

interface Kept {
  readonly store: VectorStore;
  readonly known: Map<string, Float32Array>;
}

/**
 * Vectors of texts that stand in the configuration. They are few and always the same, so all of them are held in this
 * process; the store has them too, so that neither a reload, nor a restart, nor the next gateway asks the model again.
 * Without the store the model is asked: it makes nothing fail.
 */
export function configuredVectors(
  source: ConfiguredTexts,
  processState: ProcessState,
): ConfiguredVectors {
  const { id, embeddings, vectordb } = source;
  const texts = [...new Set(source.texts)];
  const hold = buildEmbedder({ embeddings, dimensions: vectordb.dimensions }, processState);
  const embedder = hold.value;
  const space = JSON.stringify([embeddings.model, vectordb]);
  const kept = processState.kept.keep<Kept>(`texts of ${id} ${space}`, () => ({
    known: new Map(),
    store: openVectorStore(vectordb, {
      collection: id,
      now: Date.now,
      report: (change) => processState.operatorLog.say("warn", change),
    }),
  }));
  const { known, store } = kept.value;
  let made: Promise<ReadonlyMap<string, Float32Array>> | undefined;

  async function learn(): Promise<ReadonlyMap<string, Float32Array>> {
    await Promise.all(texts.filter((text) => !known.has(text)).map(recall));
    const missing = texts.filter((text) => !known.has(text));
    if (missing.length > 0) {
      const { vectors } = await embedder.embed(missing);
      for (const [at, text] of missing.entries()) {
        const vector = vectors[at];
        if (vector) known.set(text, vector);
      }
      await Promise.all(missing.map(remember));
    }
    for (const text of known.keys()) if (!texts.includes(text)) known.delete(text);
    return new Map(known);
  }

  const keyOf = (text: string) =>
    createHash("sha256")
      .update(JSON.stringify([space, text]))
      .digest("hex");

  async function recall(text: string): Promise<void> {
    const entry = await store.get(keyOf(text)).catch(withoutStore);
    const vector = entry && floatsIn(entry.value, vectordb.dimensions);
    if (vector) known.set(text, vector);
  }

  async function remember(text: string): Promise<void> {
    const vector = known.get(text);
    if (!vector) return;
    const storedAtMs = Date.now();
    const value = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString(
      "base64",
    );
    const entry = {
      key: keyOf(text),
      partition: "texts",
      value,
      storedAtMs,
      expiresAtMs: storedAtMs + KEPT_MS,
    };
    await store.put(entry).catch(withoutStore);
  }

  return {
    embedder,
    asksNobody: embeddings.model.provider === "local" && vectordb.strategy === "memory",
    byText() {
      made ??= learn().catch((cause: unknown) => {
        made = undefined;
        throw cause;
      });
      return made;
    },
    async release() {
      hold.release();
      if (kept.release()) await store.close();
    },
  };
}

/** A store that does not answer says so itself, once; the vectors are made anew. */
function withoutStore(): undefined {}

function floatsIn(base64: string, dimensions: number): Float32Array | undefined {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return bytes.byteLength === dimensions * 4 ? new Float32Array(bytes.buffer) : undefined;
}
