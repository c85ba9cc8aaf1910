import { lowest } from "./least-connections.ts";
import { INDIFFERENT, type Picker } from "./picker.ts";
import { takingTurns } from "./round-robin.ts";

/**
 * Targets of equal weight are a group; the group of the highest weight is asked first, taking turns,
 * and the next only when none of it can be used.
 */
export function priority(weights: readonly number[]): Picker {
  const turns = takingTurns(weights.map(() => 1));
  return {
    ...INDIFFERENT,
    pick: (among) => turns(lowest(among, (target) => -(weights[target] ?? 0))),
  };
}
