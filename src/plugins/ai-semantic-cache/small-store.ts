import type { VectorEntry, VectorSpace, VectorStore } from "../../vectors/vector-store.ts";

/** Entries that are kept at most; the oldest makes room. */
const MAX_ENTRIES = 10_000;

/** Keeps entries in this process and compares with each. */
export function smallStore({ metric }: VectorSpace, nowMs: () => number): VectorStore {
  const entries = new Map<string, VectorEntry>();
  const distance = metric === "cosine" ? cosineDistance : euclideanDistance;

  const isGone = ({ expiresAtMs }: VectorEntry) =>
    expiresAtMs !== undefined && expiresAtMs <= nowMs();

  return {
    async put(entry) {
      entries.delete(entry.key);
      entries.set(entry.key, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES) break;
        entries.delete(oldest);
      }
    },
    async get(key) {
      const entry = entries.get(key);
      return entry && !isGone(entry) ? entry : undefined;
    },
    async nearest({ partition, vector, limit, threshold }) {
      return [...entries.values()]
        .filter((entry) => entry.partition === partition && !isGone(entry))
        .flatMap((entry) => {
          const { vector: own, ...rest } = entry;
          return own ? [{ ...rest, distance: distance(own, vector) }] : [];
        })
        .filter((match) => match.distance <= threshold)
        .sort((a, b) => a.distance - b.distance)
        .slice(0, limit);
    },
    async remove(key) {
      return entries.delete(key);
    },
    async removeAll() {
      entries.clear();
    },
    async close() {},
  };
}

function cosineDistance(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (const [at, x] of a.entries()) {
    const y = b[at] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  const length = Math.sqrt(aa * bb);
  return length === 0 ? 1 : 1 - dot / length;
}

function euclideanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [at, x] of a.entries()) sum += (x - (b[at] ?? 0)) ** 2;
  const length = Math.sqrt(sum);
  return length / (1 + length);
}
