import { lowest } from "./least-connections.ts";
import type { Picker, TryOutcome } from "./picker.ts";
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
} satisfies Record<UsageMetric, (outcome: TryOutcome) => number>;

/**
 * The target that was used least for its weight. Use fades with a half-life, so that one that was
 * idle for long is not given everything. Calls under way count as many as a call uses on average:
 * what they will really use is only known at their end.
 */
export function lowestUsage(weights: readonly number[], metric: UsageMetric): Picker {
  const used = new Float64Array(weights.length);
  const usedAtMs = new Float64Array(weights.length);
  const underWay = new Uint32Array(weights.length);
  /** Of each target's calls: what one model says in a word another says in a page. */
  const means = new Float64Array(weights.length);
  const turns = takingTurns(weights);
  const amountOf = AMOUNTS[metric];

  const faded = (target: number, nowMs: number) =>
    (used[target] ?? 0) * 0.5 ** ((nowMs - (usedAtMs[target] ?? nowMs)) / HALF_LIFE_MS);

  const load = (target: number, nowMs: number) =>
    (faded(target, nowMs) + (underWay[target] ?? 0) * (means[target] ?? 0)) /
    (weights[target] ?? 1);

  return {
    pick: (among, { nowMs }) => turns(lowest(among, (target) => load(target, nowMs))),
    started(target) {
      underWay[target] = (underWay[target] ?? 0) + 1;
    },
    finished(target, outcome) {
      underWay[target] = Math.max(0, (underWay[target] ?? 0) - 1);
      if (!outcome) return;
      const amount = amountOf(outcome);
      const mean = means[target] ?? 0;
      if (!outcome.failed) {
        means[target] = mean === 0 ? amount : mean + MEAN_WEIGHT * (amount - mean);
      }
      used[target] = faded(target, outcome.nowMs) + amount;
      usedAtMs[target] = outcome.nowMs;
    },
  };
}
