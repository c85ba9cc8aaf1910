import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { VectorEntry, VectorSpace, VectorStore } from "../../src/vectors/vector-store.ts";

/** A store for a test, in a collection of its own, with a clock that the test sets. */
export interface StoreFactory {
  /** Begins what the stores need. */
  readonly start?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
  readonly open: (space: VectorSpace, collection: string, now: () => number) => VectorStore;
}

const START_MS = 1_700_000_000_000;

/** What holds of every store. */
export function describeStore(name: string, { start, stop, open }: StoreFactory): void {
  describe(`a store of vectors: ${name}`, () => {
    beforeAll(async () => start?.());
    afterAll(async () => stop?.());

    function fixture(metric: VectorSpace["metric"] = "cosine", collection = crypto.randomUUID()) {
      const clock = { now: Date.now() };
      const store = open({ dimensions: 4, metric }, collection, () => clock.now);
      const entry = (key: string, more: Partial<VectorEntry> = {}): VectorEntry => ({
        key,
        partition: "p",
        vector: Float32Array.of(1, 0, 0, 0),
        value: `value of ${key}`,
        storedAtMs: START_MS,
        ...more,
      });
      const search = (vector: readonly number[], threshold = 2, limit = 10, partition = "p") =>
        store.nearest({ partition, vector: Float32Array.from(vector), limit, threshold });
      return { store, entry, search, clock };
    }

    test("what was put is had by its key, whole", async () => {
      const { store, entry, clock } = fixture();
      const expiresAtMs = clock.now + 60_000;
      await store.put(entry("a", { expiresAtMs, value: 'ünïcode 🐙 "{}" \n\0' }));
      expect(await store.get("a")).toEqual({
        key: "a",
        partition: "p",
        value: 'ünïcode 🐙 "{}" \n\0',
        storedAtMs: START_MS,
        expiresAtMs,
      });
      expect(await store.get("b")).toBeUndefined();
    });

    test("an entry without a vector is had by its key alone", async () => {
      const { store, entry, search } = fixture();
      const { vector: _, ...bare } = entry("a");
      await store.put(bare);
      expect((await store.get("a"))?.value).toBe("value of a");
      expect(await search([1, 0, 0, 0])).toEqual([]);
    });

    test("the nearest come first, as many as are wanted", async () => {
      const { store, entry, search } = fixture();
      await store.put(entry("far", { vector: Float32Array.of(0, 1, 0, 0) }));
      await store.put(entry("same", { vector: Float32Array.of(2, 0, 0, 0) }));
      await store.put(entry("near", { vector: Float32Array.of(3, 4, 0, 0) }));
      const keys = async (limit: number) =>
        (await search([1, 0, 0, 0], 2, limit)).map(({ key }) => key);
      expect(await keys(10)).toEqual(["same", "near", "far"]);
      expect(await keys(1)).toEqual(["same"]);
    });

    test("cosine distance is one less the similarity", async () => {
      const { store, entry, search } = fixture("cosine");
      await store.put(entry("same", { vector: Float32Array.of(0.1, 0.2, 0.3, 0.4) }));
      const distance = async (vector: readonly number[]) => (await search(vector))[0]?.distance;
      expect(await distance([0.1, 0.2, 0.3, 0.4])).toBe(0);
      expect(await distance([-1, -2, -3, -4])).toBe(2);
      expect(await distance([4, -3, 2, -1])).toBe(1);
      expect(await distance([0.3, 0.4, 0.1, 0.2])).toBeCloseTo(1 - 22 / 30, 5);
    });

    test("euclidean distance d is d / (1 + d)", async () => {
      const { store, entry, search } = fixture("euclidean");
      await store.put(entry("one", { vector: Float32Array.of(1, 1, 0, 0) }));
      const distance = async (vector: readonly number[]) => (await search(vector))[0]?.distance;
      expect(await distance([1, 1, 0, 0])).toBe(0);
      expect(await distance([2, 1, 0, 0])).toBe(0.5);
      expect(await distance([4, 5, 0, 0])).toBeCloseTo(5 / 6, 5);
    });

    test("the threshold is the largest distance that is still a match", async () => {
      const { store, entry, search } = fixture();
      await store.put(entry("a", { vector: Float32Array.of(3, 4, 0, 0) }));
      const matches = async (threshold: number) =>
        (await search([1, 0, 0, 0], threshold)).map(({ key, distance }) => ({ key, distance }));
      expect(await matches(0.4)).toEqual([{ key: "a", distance: 0.4 }]);
      expect(await matches(0.39999)).toEqual([]);
      expect(await matches(0)).toEqual([]);
    });

    test("an entry of the same key is replaced, in another partition too", async () => {
      const { store, entry, search } = fixture();
      await store.put(entry("a", { value: "first" }));
      await store.put(entry("a", { value: "second", partition: "q" }));
      expect((await store.get("a"))?.value).toBe("second");
      expect(await search([1, 0, 0, 0])).toEqual([]);
      expect((await search([1, 0, 0, 0], 2, 10, "q")).map(({ value }) => value)).toEqual([
        "second",
      ]);
      const { vector: _, ...bare } = entry("a", { value: "third" });
      await store.put(bare);
      expect(await search([1, 0, 0, 0], 2, 10, "q")).toEqual([]);
    });

    test("what has expired is gone for every reader", async () => {
      const { store, entry, search, clock } = fixture();
      await store.put(entry("short", { expiresAtMs: clock.now + 600_000 }));
      await store.put(entry("long", { expiresAtMs: clock.now + 900_000 }));
      clock.now += 599_999;
      expect(await store.get("short")).toBeDefined();
      clock.now += 1;
      expect((await search([1, 0, 0, 0], 2, 1)).map(({ key }) => key)).toEqual(["long"]);
      expect(await store.get("short")).toBeUndefined();
      expect(await store.remove("short")).toBe(false);
    });

    test("what is removed is gone, and it is told whether there was one", async () => {
      const { store, entry, search } = fixture();
      await store.put(entry("a"));
      expect(await store.remove("a")).toBe(true);
      expect(await store.remove("a")).toBe(false);
      expect(await store.get("a")).toBeUndefined();
      expect(await search([1, 0, 0, 0])).toEqual([]);
    });

    test("removing all leaves other collections alone", async () => {
      const [one, other] = [fixture(), fixture()];
      await one.store.put(one.entry("a"));
      await other.store.put(other.entry("a", { value: "of another" }));
      await one.store.removeAll();
      expect(await one.store.get("a")).toBeUndefined();
      expect(await one.search([1, 0, 0, 0])).toEqual([]);
      expect((await other.store.get("a"))?.value).toBe("of another");
    });

    test("a vector of another length is refused", async () => {
      const { store, entry, search } = fixture();
      const wrong = Float32Array.of(1, 2);
      expect(store.put(entry("a", { vector: wrong }))).rejects.toThrow("a vector of 2 numbers");
      expect(search([1])).rejects.toThrow("a vector of 1 numbers");
    });

    test("a vector of zeros is at distance 1 of any, and breaks nothing", async () => {
      const { store, entry, search } = fixture();
      await store.put(entry("none", { vector: new Float32Array(4) }));
      await store.put(entry("one"));
      expect((await search([1, 0, 0, 0], 0.5)).map(({ key }) => key)).toEqual(["one"]);
    });

    test("names may be any text, and no partition sees another's", async () => {
      const names = fc.oneof(
        fc.constantFrom("p", "P", "p ", "p|q", "p{q}", "*", "p*", "p:q", "", "-", '"', "\\", "@p"),
        fc.string({ unit: "grapheme", maxLength: 12 }),
      );
      const puts = fc.array(fc.record({ key: names, partition: names }), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(puts, async (all) => {
          const { store, entry, search } = fixture();
          const kept = new Map<string, string>();
          for (const { key, partition } of all) {
            await store.put(entry(key, { partition }));
            kept.set(key, partition);
          }
          for (const partition of new Set(all.map((one) => one.partition))) {
            const found = await search([1, 0, 0, 0], 2, 100, partition);
            const keys = [...kept].filter(([, own]) => own === partition).map(([key]) => key);
            expect(found.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
          }
          await store.removeAll();
        }),
        { numRuns: 20 },
      );
    });
  });
}
