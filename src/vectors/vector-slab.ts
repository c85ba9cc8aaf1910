import { distanceOf, dot, dotAt } from "./distance.ts";
import { countDifferences, SKETCH_WORDS, writeSketch } from "./sign-sketch.ts";
import type { VectorSpace } from "./vector-store.ts";

/** Below this many every vector is compared. */
const EXACT_BELOW = 10_000;
/** Products of two numbers that are made in one go, some 3 ms; then others have their turn. */
const PRODUCTS_IN_ONE_GO = 2_500_000;
/** Of those whose sketches are looked at, the part that is compared, and the products that are made at least. */
const COMPARED_PART = 0.01;
const COMPARED_PRODUCTS = 250_000;

export interface Near<T> {
  readonly item: T;
  readonly distance: number;
}

/** Vectors side by side in one piece of memory, each with what it stands for. */
export interface VectorSlab<T> {
  readonly size: number;
  /** Gives the slot that is the vector's own until it is freed. */
  add(vector: Float32Array, item: T): number;
  free(slot: number): void;
  /**
   * The nearest `limit` that are wanted, nearest first. Below 10,000 it is exact. Beyond, the nearest hundredth by
   * their sketches is compared: 100,000 of 256 numbers take some 3 ms, and what is as near as a match is found.
   */
  nearest(
    vector: Float32Array,
    limit: number,
    isWanted: (item: T) => boolean,
  ): Promise<readonly Near<T>[]>;
}

export function createVectorSlab<T>(space: VectorSpace): VectorSlab<T> {
  const { dimensions } = space;
  let capacity = 1;
  let vectors = new Float32Array(dimensions);
  let lengths = new Float64Array(1);
  let sketches = new Int32Array(SKETCH_WORDS);
  let differences = new Uint16Array(1);
  /** By slot; a slot that was freed has none. */
  const items: (T | undefined)[] = [];
  const freed: number[] = [];
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];

  function grow(): void {
    capacity *= 2;
    const [fewerVectors, fewerLengths, fewerSketches] = [vectors, lengths, sketches];
    vectors = new Float32Array(capacity * dimensions);
    vectors.set(fewerVectors);
    lengths = new Float64Array(capacity);
    lengths.set(fewerLengths);
    sketches = new Int32Array(capacity * SKETCH_WORDS);
    sketches.set(fewerSketches);
    differences = new Uint16Array(capacity);
  }

  /** A sketch tells an angle: it says nothing of straight lines between ends of vectors of many lengths. */
  const areSketchesEnough = () =>
    items.length >= EXACT_BELOW && (space.metric === "cosine" || longest <= shortest * 1.01);

  /** The slots whose sketches are nearest. */
  function nearestSketches(vector: Float32Array, limit: number): number {
    const sketch = new Int32Array(SKETCH_WORDS);
    writeSketch(vector, sketch, 0);
    const often = countDifferences(sketches, items.length, sketch, differences);
    return smallestHolding(
      often,
      Math.max(items.length * COMPARED_PART, COMPARED_PRODUCTS / dimensions, 10 * limit),
    );
  }

  return {
    get size() {
      return items.length - freed.length;
    },

    add(vector, item) {
      const slot = freed.pop() ?? items.length;
      if (slot >= capacity) grow();
      items[slot] = item;
      vectors.set(vector, slot * dimensions);
      const length = Math.sqrt(dot(vector, vector));
      lengths[slot] = length;
      [shortest, longest] = [Math.min(shortest, length), Math.max(longest, length)];
      writeSketch(vector, sketches, slot * SKETCH_WORDS);
      return slot;
    },

    free(slot) {
      items[slot] = undefined;
      freed.push(slot);
    },

    async nearest(vector, limit, isWanted) {
      const length = Math.sqrt(dot(vector, vector));
      const found: Near<T>[] = [];
      if (limit < 1) return found;
      const compare = (slot: number) => {
        const item = items[slot];
        if (item === undefined) return;
        const product = dotAt(vectors, slot * dimensions, vector);
        const distance = distanceOf(space, { product, lengths: [length, lengths[slot] as number] });
        const isNearer = found.length < limit || distance < (found.at(-1) as Near<T>).distance;
        if (isNearer && isWanted(item)) insert(found, { item, distance }, limit);
      };
      if (areSketchesEnough()) {
        const most = nearestSketches(vector, limit);
        for (let slot = 0; slot < items.length; slot++) {
          if ((differences[slot] as number) <= most) compare(slot);
        }
        return found;
      }
      const inOneGo = Math.ceil(PRODUCTS_IN_ONE_GO / dimensions);
      for (let slot = 0; slot < items.length; slot++) {
        if (slot > 0 && slot % inOneGo === 0) await new Promise(setImmediate);
        compare(slot);
      }
      return found;
    },
  };
}

/** Keeps the nearest, in order. */
function insert<T>(found: Near<T>[], one: Near<T>, limit: number): void {
  let place = found.length;
  while (place > 0 && (found[place - 1] as Near<T>).distance > one.distance) place--;
  found.splice(place, 0, one);
  if (found.length > limit) found.pop();
}

/** The least number of differences that at least so many do not exceed. */
function smallestHolding(often: Int32Array, wanted: number): number {
  let held = 0;
  const most = often.findIndex((times) => {
    held += times;
    return held >= wanted;
  });
  return most < 0 ? often.length : most;
}
