import type { VectorSpace } from "./vector-store.ts";

/** What a distance is made of: the product of two vectors and their lengths. */
export interface Measured {
  readonly product: number;
  readonly lengths: readonly [number, number];
}

/** See `VectorMatch.distance`. A vector of zeros has no direction: its similarity to any is 0. */
export function distanceOf(
  { metric }: Pick<VectorSpace, "metric">,
  { product, lengths }: Measured,
): number {
  const [one, other] = lengths;
  if (metric === "cosine") {
    return inSteps(one * other === 0 ? 1 : 1 - product / (one * other));
  }
  return ofEuclidean(Math.sqrt(Math.max(0, one * one + other * other - 2 * product)));
}

/** The distance of two vectors. */
export function distanceBetween(
  space: Pick<VectorSpace, "metric">,
  one: Float32Array,
  other: Float32Array,
): number {
  const lengths = [Math.sqrt(dot(one, one)), Math.sqrt(dot(other, other))] as const;
  return distanceOf(space, { product: dot(one, other), lengths });
}

/** The distance that a server gave as one less the similarity. */
export function ofCosine(distance: number): number {
  return inSteps(distance);
}

/** The distance for a server's straight line between two ends. */
export function ofEuclidean(distance: number): number {
  return inSteps(distance / (1 + distance));
}

export function dot(one: Float32Array, other: Float32Array): number {
  return dotAt(one, 0, other);
}

/** The product of a vector and the one that begins at `start` of many. */
export function dotAt(many: Float32Array, start: number, vector: Float32Array): number {
  const { length } = vector;
  const even = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  // Four sums, for each addition would wait for the one before it.
  for (let i = 0; i < even; i += 4) {
    const at = start + i;
    a += (many[at] as number) * (vector[i] as number);
    b += (many[at + 1] as number) * (vector[i + 1] as number);
    c += (many[at + 2] as number) * (vector[i + 2] as number);
    d += (many[at + 3] as number) * (vector[i + 3] as number);
  }
  for (let i = even; i < length; i++) a += (many[start + i] as number) * (vector[i] as number);
  return a + b + c + d;
}

/** Numbers of single precision do not tell more than a millionth. */
function inSteps(distance: number): number {
  return Math.round(Math.max(0, distance) * 1e6) / 1e6;
}
