import { INDIFFERENT, lowest, type Picker } from "./picker.ts";

/**
 * Takes turns in proportion to weight, as evenly spread as can be: weights 5, 1 and 1 give
 * `a a b a c a a`, never five `a` in a row (nginx's smooth weighted round-robin,
 * https://github.com/phusion/nginx/commit/27e94984486058d73157038f7950a0a36ecc6e35).
 */
export function roundRobin(weights: readonly number[]): Picker {
  const turns = takingTurns(weights);
  return { ...INDIFFERENT, pick: turns };
}

/** The same, as a tie-break of other algorithms: one of `among`, which is never empty. */
export function takingTurns(weights: readonly number[]) {
  const credit = new Float64Array(weights.length);
  return (among: readonly number[]): number => {
    let total = 0;
    let best = among[0] ?? 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const target of among) {
      const weight = weights[target] ?? 0;
      const own = (credit[target] ?? 0) + weight;
      credit[target] = own;
      total += weight;
      if (own <= most) continue;
      most = own;
      best = target;
    }
    credit[best] = most - total;
    return best;
  };
}

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
