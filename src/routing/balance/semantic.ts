import { INDIFFERENT, lowest, type Picker } from "./picker.ts";
import { takingTurns } from "./round-robin.ts";

/** The description of a target that takes what fits no other. */
export const CATCHALL = "CATCHALL";

export interface SemanticTarget {
  readonly description: string;
  readonly weight: number;
}

/**
 * The target whose description is nearest to the prompt, within the threshold; then the next
 * nearest; then the one that takes everything. Equal descriptions are equally near, and take turns.
 */
export function semantic(targets: readonly SemanticTarget[], threshold: number): Picker {
  const turns = takingTurns(targets.map(({ weight }) => weight));
  const isCatchall = (target: number) => targets[target]?.description === CATCHALL;
  return {
    ...INDIFFERENT,
    pick(among, { distances }) {
      const distance = (target: number) => distances?.[target] ?? Number.POSITIVE_INFINITY;
      const near = among.filter((target) => !isCatchall(target) && distance(target) <= threshold);
      if (near.length > 0) return turns(lowest(near, distance));
      const rest = among.filter(isCatchall);
      return rest.length > 0 ? turns(rest) : undefined;
    },
  };
}

/** From 0 (the same direction) over 1 (unrelated) to 2. */
export function cosineDistance(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let dot = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let at = 0; at < left.length; at++) {
    const a = left[at] ?? 0;
    const b = right[at] ?? 0;
    dot += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  const length = Math.sqrt(leftSquares * rightSquares);
  return length === 0 ? 1 : 1 - dot / length;
}

/** The straight distance d, brought into 0 to 1 as d / (1 + d). */
export function euclideanDistance(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let squares = 0;
  for (let at = 0; at < left.length; at++) squares += ((left[at] ?? 0) - (right[at] ?? 0)) ** 2;
  const distance = Math.sqrt(squares);
  return distance / (1 + distance);
}
