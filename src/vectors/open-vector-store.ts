import { createMemoryStore } from "./memory-store.ts";
import type { VectorSpace, VectorStore } from "./vector-store.ts";

/** What a plugin's `vectordb` says, as far as it is needed to open one. */
export interface VectorStoreOptions {
  readonly strategy: "memory" | "redis" | "pgvector";
  readonly dimensions: number;
  readonly distance_metric: VectorSpace["metric"];
}

export interface VectorStoreContext {
  /** Whose vectors they are: the id of a plugin instance. Another name is another collection. */
  readonly collection: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The store that is configured. Nothing is connected to before it is first asked. */
export function openVectorStore(
  { strategy, dimensions, distance_metric: metric }: VectorStoreOptions,
  { now }: VectorStoreContext,
): VectorStore {
  const space = { dimensions, metric };
  switch (strategy) {
    case "memory":
      return createMemoryStore(space, now);
    case "redis":
    case "pgvector":
      throw new Error(
        `vectordb.strategy ${strategy} is not supported yet; memory needs no server: strategy: memory`,
      );
  }
}
