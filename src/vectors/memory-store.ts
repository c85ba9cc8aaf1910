import { createVectorSlab, type VectorSlab } from "./vector-slab.ts";
import {
  checkLength,
  type KeptEntry,
  type VectorEntry,
  type VectorSpace,
  type VectorStore,
} from "./vector-store.ts";

export interface MemoryLimits {
  readonly maxEntries: number;
  /** Of vectors, keys and values together, as they are estimated. */
  readonly maxBytes: number;
}

export const MEMORY_LIMITS: MemoryLimits = { maxEntries: 100_000, maxBytes: 256 * 1024 * 1024 };

/** Looked at for having expired at each writing: more than come, so that none stays for long. */
const LOOKED_AT = 8;
/** What the engine takes for an entry beside its texts and its vector. */
const ENTRY_BYTES = 400;

interface Kept {
  readonly entry: KeptEntry;
  readonly bytes: number;
  /** Absent where there is no vector. */
  readonly place?: { readonly slab: VectorSlab<KeptEntry>; readonly slot: number };
}

/** Vectors in this process. Where there are too many, those that were found longest ago go. */
export function createMemoryStore(
  space: VectorSpace,
  now: () => number,
  { maxEntries, maxBytes } = MEMORY_LIMITS,
): VectorStore {
  /** Those found last are last. */
  const byKey = new Map<string, Kept>();
  const slabs = new Map<string, VectorSlab<KeptEntry>>();
  let bytes = 0;

  const isGone = ({ expiresAtMs }: KeptEntry) => expiresAtMs !== undefined && expiresAtMs <= now();

  function drop(kept: Kept): void {
    const { key, partition } = kept.entry;
    byKey.delete(key);
    bytes -= kept.bytes;
    if (!kept.place) return;
    kept.place.slab.free(kept.place.slot);
    if (kept.place.slab.size === 0) slabs.delete(partition);
  }

  /** The entry, as found now: unless it has expired. */
  function find(key: string): Kept | undefined {
    const kept = byKey.get(key);
    if (!kept) return undefined;
    if (isGone(kept.entry)) {
      drop(kept);
      return undefined;
    }
    byKey.delete(key);
    byKey.set(key, kept);
    return kept;
  }

  function makeRoom(): void {
    let looked = 0;
    for (const kept of byKey.values()) {
      const isTooMany = byKey.size > maxEntries || bytes > maxBytes;
      if (!isTooMany && looked++ >= LOOKED_AT) return;
      if (isTooMany || isGone(kept.entry)) drop(kept);
    }
  }

  function placeFor(vector: Float32Array, entry: KeptEntry) {
    const slab = slabOf(entry.partition);
    return { slab, slot: slab.add(vector, entry) };
  }

  function slabOf(partition: string): VectorSlab<KeptEntry> {
    const existing = slabs.get(partition);
    if (existing) return existing;
    const slab = createVectorSlab<KeptEntry>(space);
    slabs.set(partition, slab);
    return slab;
  }

  return {
    async put({ vector, ...entry }: VectorEntry) {
      if (vector) checkLength(vector, space);
      const existing = byKey.get(entry.key);
      if (existing) drop(existing);
      const texts = entry.key.length + entry.partition.length + entry.value.length;
      const size = ENTRY_BYTES + 2 * texts + (vector?.byteLength ?? 0);
      if (size > maxBytes) return;
      const kept = { entry, bytes: size, ...(vector && { place: placeFor(vector, entry) }) };
      byKey.set(entry.key, kept);
      bytes += size;
      makeRoom();
    },

    async get(key) {
      return find(key)?.entry;
    },

    async nearest({ partition, vector, limit, threshold }) {
      checkLength(vector, space);
      const found = await slabs.get(partition)?.nearest(vector, limit, (entry) => !isGone(entry));
      return (found ?? []).flatMap(({ item, distance }) => {
        const isStill = distance <= threshold && find(item.key)?.entry === item;
        return isStill ? [{ ...item, distance }] : [];
      });
    },

    async remove(key) {
      const kept = find(key);
      if (kept) drop(kept);
      return kept !== undefined;
    },

    async removeAll() {
      byKey.clear();
      slabs.clear();
      bytes = 0;
    },

    async close() {},
  };
}
