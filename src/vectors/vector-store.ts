/** What is kept under a key, with the vector that finds it. */
export interface VectorEntry {
  /** One of its kind in a collection, whatever the partition. */
  readonly key: string;
  /** Only a search that names the same one sees it: entries of two tenants never meet. */
  readonly partition: string;
  /** Absent where it is to be had by its key alone. */
  readonly vector?: Float32Array;
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly storedAtMs: number;
  /** Milliseconds since 1970; absent means that it stays. */
  readonly expiresAtMs?: number;
}

/** An entry as it is read back: stores need not give the vector. */
export type KeptEntry = Omit<VectorEntry, "vector">;

export interface VectorMatch extends KeptEntry {
  /**
   * Cosine: one less the similarity, 0 to 2. Euclidean: `d / (1 + d)` of the distance, 0 to 1. In steps of a
   * millionth, so that every store and every threshold agree.
   */
  readonly distance: number;
}

export interface VectorSearch {
  readonly partition: string;
  readonly vector: Float32Array;
  /** How many are wanted at most, nearest first. */
  readonly limit: number;
  /** The largest distance that is still a match, itself included. */
  readonly threshold: number;
}

/**
 * A collection of vectors: one plugin instance's own. Whatever has expired is gone for every reader, at once.
 * Each method rejects where the store cannot be asked in time; whoever asks decides what that means.
 */
export interface VectorStore {
  /** An entry of the same key is replaced. */
  put(entry: VectorEntry): Promise<void>;
  get(key: string): Promise<KeptEntry | undefined>;
  nearest(search: VectorSearch): Promise<readonly VectorMatch[]>;
  /** Whether there was one. */
  remove(key: string): Promise<boolean>;
  removeAll(): Promise<void>;
  /** Lets go of connections; what is kept stays. */
  close(): Promise<void>;
}

/** How near is near: the length of the vectors and how distance is measured. */
export interface VectorSpace {
  readonly dimensions: number;
  readonly metric: "cosine" | "euclidean";
}

/** Says so where a vector does not fit. */
export function checkLength(vector: Float32Array, { dimensions }: VectorSpace): void {
  if (vector.length === dimensions) return;
  throw new RangeError(
    `a vector of ${vector.length} numbers was given to a store of vectors of ${dimensions}`,
  );
}
