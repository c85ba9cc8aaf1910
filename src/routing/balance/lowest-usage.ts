import { type AttemptOutcome, lowest, type Picker } from "./picker.ts";
import { takingTurns } from "./round-robin.ts";

export type UsageMetric = "total-tokens" | "prompt-tokens" | "completion-tokens" | "cost";

/** Time in which what was used counts for half. */
const HALF_LIFE_MS = 60_000;
/** Weight of one call in the running mean of what a call uses. */
const MEAN_WEIGHT = 0.05;

const AMOUNTS = {
  "total-tokens": ({ totalTokens }) => totalTokens,
  "prompt-tokens": ({ promptTokens }) => promptTokens,
  "completion-tokens": ({ completionTokens }) => completionTokens,
  cost: ({ cost }) => cost,
} satisfies Record<UsageMetric, (outcome: AttemptOutcome) => number>;

/**
 * The target that was used least for its weight. Use fades with a half-life, so that one that was
 * idle for long is not given everything. Calls under way count as many as a call uses on average:
 * what they will really use is only known at their end. So do attempts that nobody answered.
 */
export function lowestUsage(weights: readonly number[], metric: UsageMetric): Picker {
  const used = new Float64Array(weights.length);
  const usedAtMs = new Float64Array(weights.length);
  const underWay = new Uint32Array(weights.length);
  /** Of each target's calls: what one model says in a word another says in a page. */
  const means = new Float64Array(weights.length).fill(Number.NaN);
  const turns = takingTurns(weights);
  const amountOf = AMOUNTS[metric];

  const faded = (target: number, nowMs: number) =>
    (used[target] ?? 0) * 0.5 ** ((nowMs - (usedAtMs[target] ?? nowMs)) / HALF_LIFE_MS);

  /** `NaN` is greater than nothing. */
  const largestMean = () => means.reduce((most, mean) => (mean > most ? mean : most), 0);

  function expected(target: number): number {
    const mean = means[target] ?? Number.NaN;
    return Number.isNaN(mean) ? largestMean() : mean;
  }

  const load = (target: number, nowMs: number) =>
    (faded(target, nowMs) + (underWay[target] ?? 0) * expected(target)) / (weights[target] ?? 1);

  function learn(target: number, amount: number): void {
    const mean = means[target] ?? Number.NaN;
    means[target] = Number.isNaN(mean) ? amount : mean + MEAN_WEIGHT * (amount - mean);
  }

  function amountUsed(target: number, outcome: AttemptOutcome): number {
    const amount = amountOf(outcome);
    switch (outcome.ending) {
      case "answered":
      case "cut":
        learn(target, amount);
        return amount;
      case "failed":
      case "refused":
      case "given-up":
        // It has had its turn, whatever it used: counted as nothing, a target that only fails would
        // stay the least used and be given everything. So it counts no less than any call does.
        return Math.max(amount, largestMean());
    }
  }

  return {
    pick: (among, { nowMs }) => turns(lowest(among, (target) => load(target, nowMs))),
    started(target) {
      underWay[target] = (underWay[target] ?? 0) + 1;
    },
    finished(target, outcome) {
      underWay[target] = Math.max(0, (underWay[target] ?? 0) - 1);
      used[target] = faded(target, outcome.nowMs) + amountUsed(target, outcome);
      usedAtMs[target] = outcome.nowMs;
    },
  };
}
