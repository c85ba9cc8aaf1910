import { describe, expect, test } from "bun:test";
import { vectordbSchema } from "../../src/plugins/vectordb-schema.ts";
import { createMemoryStore } from "../../src/vectors/memory-store.ts";
import { openVectorStore } from "../../src/vectors/open-vector-store.ts";
import { randomVectors } from "./random-vectors.ts";
import { describeStore } from "./store-laws.ts";

describeStore("in process", {
  open: ({ dimensions, metric }, collection, now) =>
    openVectorStore(
      vectordbSchema.parse({ strategy: "memory", dimensions, distance_metric: metric }),
      { collection, now },
    ),
});

describe("a store in process is bounded", () => {
  const space = { dimensions: 2, metric: "cosine" } as const;
  const entry = (key: string, value = "") => ({
    key,
    partition: "p",
    vector: Float32Array.of(1, 1),
    value,
    storedAtMs: 0,
  });

  test("of too many entries those go that were found longest ago", async () => {
    const store = createMemoryStore(space, () => 0, { maxEntries: 2, maxBytes: 1e9 });
    await store.put(entry("a"));
    await store.put(entry("b"));
    await store.get("a");
    await store.put(entry("c"));
    expect(await store.get("b")).toBeUndefined();
    expect(await store.get("a")).toBeDefined();
    const found = await store.nearest({
      partition: "p",
      vector: Float32Array.of(1, 1),
      limit: 9,
      threshold: 0,
    });
    expect(found.map(({ key }) => key).toSorted()).toEqual(["a", "c"]);
  });

  test("of too many bytes too, and what is larger than all is not kept", async () => {
    const store = createMemoryStore(space, () => 0, { maxEntries: 100, maxBytes: 20_000 });
    for (const key of ["a", "b", "c"]) await store.put(entry(key, "x".repeat(4_000)));
    const kept = await Promise.all(["a", "b", "c"].map((key) => store.get(key)));
    expect(kept.map((one) => one?.key)).toEqual([undefined, "b", "c"]);
    await store.put(entry("large", "x".repeat(40_000)));
    expect(await store.get("large")).toBeUndefined();
    expect(await store.get("c")).toBeDefined();
  });
});

describe("many vectors in process", () => {
  const COUNT = 12_000;
  const next = randomVectors(64);
  const topics = Array.from({ length: 500 }, () => next());
  const vectors = Array.from({ length: COUNT }, (_, i) => next(topics[i % topics.length], 1));

  /** How many of so many questions find their exact nearest, where it is near enough to be a match. */
  async function found(
    metric: "cosine" | "euclidean",
    questions: number,
    lengthOf: (i: number) => number,
  ) {
    const store = createMemoryStore({ dimensions: 64, metric }, () => 0);
    const scaled = vectors.map((vector, i) => vector.map((x) => x * lengthOf(i)));
    for (const [i, vector] of scaled.entries()) {
      await store.put({ key: `${i}`, partition: "p", vector, value: "", storedAtMs: 0 });
    }
    let right = 0;
    for (let i = 0; i < questions; i++) {
      const vector = next(vectors[i * 97], 0.7);
      const search = { partition: "p", vector, limit: 1, threshold: 2 };
      const [match] = await store.nearest(search);
      if (match?.key === nearestOf(scaled, vector, metric)) right++;
    }
    return right;
  }

  test("of 12,000 the exact nearest is found 99 times in 100", async () => {
    expect(await found("cosine", 100, () => 1)).toBeGreaterThanOrEqual(99);
  });

  test("straight lines between vectors of many lengths are all measured", async () => {
    expect(await found("euclidean", 20, (i) => 0.5 + (i % 7) / 7)).toBe(20);
  });
});

function nearestOf(
  vectors: readonly Float32Array[],
  vector: Float32Array,
  metric: "cosine" | "euclidean",
): string {
  let best = { key: "", near: Number.NEGATIVE_INFINITY };
  for (const [i, other] of vectors.entries()) {
    const near = nearness(other, vector, metric);
    if (near > best.near) best = { key: `${i}`, near };
  }
  return best.key;
}

function nearness(one: Float32Array, other: Float32Array, metric: "cosine" | "euclidean"): number {
  let [product, apart, square] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] ?? 0, other[i] ?? 0];
    product += a * b;
    square += a * a;
    apart += (a - b) ** 2;
  }
  return metric === "cosine" ? product / Math.sqrt(square) : -apart;
}
