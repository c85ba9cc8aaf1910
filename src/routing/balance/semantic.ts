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
