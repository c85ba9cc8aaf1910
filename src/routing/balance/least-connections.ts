import { lowest, type Picker } from "./picker.ts";
import { takingTurns } from "./round-robin.ts";

/**
 * The target with the fewest calls under way for its weight: the smallest `(under way + 1) / weight`.
 * A streamed answer is under way until its last byte. Ties take turns.
 */
export function leastConnections(weights: readonly number[]): Picker {
  const underWay = new Uint32Array(weights.length);
  const turns = takingTurns(weights);
  return {
    pick: (among) =>
      turns(lowest(among, (target) => ((underWay[target] ?? 0) + 1) / (weights[target] ?? 1))),
    started(target) {
      underWay[target] = (underWay[target] ?? 0) + 1;
    },
    finished(target) {
      underWay[target] = Math.max(0, (underWay[target] ?? 0) - 1);
    },
  };
}
