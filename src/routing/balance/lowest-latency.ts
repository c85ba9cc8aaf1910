import { lowest } from "./least-connections.ts";
import type { Picker, TryOutcome } from "./picker.ts";
import { takingTurns } from "./round-robin.ts";

export interface LatencyOptions {
  /** `e2e`: milliseconds to the last byte; `tpot`: the same for each token of the answer. */
  readonly strategy: "e2e" | "tpot";
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** Time in which a score loses all but 1/e of what it was. */
const DECAY_MS = 10_000;
/**
 * The share of calls that goes to targets that are not the fastest: their speed is only known from
 * calls.
 */
const EXPLORED = 0.02;
/** What a failed try counts as, at least: a refused connection is quick, but not fast. */
const PENALTY_MS = { e2e: 10_000, tpot: 1_000 } as const;

/**
 * The fastest target, by a peak-sensitive moving average (Finagle's "peak EWMA",
 * https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded): a
 * slower answer counts at once, a faster one gradually. Scores fade while a target is not called, so
 * one that was slow is tried again. Targets without a score are tried first.
 */
export function lowestLatency(
  weights: readonly number[],
  { strategy, random }: LatencyOptions,
): Picker {
  const scores = new Float64Array(weights.length);
  const seenAtMs = new Float64Array(weights.length).fill(Number.NaN);
  const underWay = new Uint32Array(weights.length);
  const turns = takingTurns(weights);

  const isMeasured = (target: number) => !Number.isNaN(seenAtMs[target] ?? Number.NaN);
  const faded = (target: number, nowMs: number) =>
    (scores[target] ?? 0) * Math.exp(-(nowMs - (seenAtMs[target] ?? nowMs)) / DECAY_MS);

  function observe(target: number, sample: number, nowMs: number): void {
    const known = scores[target] ?? 0;
    const elapsedMs = nowMs - (seenAtMs[target] ?? nowMs);
    const kept = isMeasured(target) ? Math.exp(-Math.max(0, elapsedMs) / DECAY_MS) : 0;
    const average = known * kept + sample * (1 - kept);
    scores[target] = Math.max(sample, average);
    seenAtMs[target] = nowMs;
  }

  return {
    pick(among, { nowMs }) {
      const unknown = among.filter((target) => !isMeasured(target));
      const waiting = unknown.filter((target) => (underWay[target] ?? 0) === 0);
      if (waiting.length > 0) return turns(waiting);
      if (unknown.length === among.length) {
        return turns(lowest(among, (target) => underWay[target] ?? 0));
      }
      const measured = unknown.length === 0 ? among : among.filter(isMeasured);
      const best = lowest(measured, (target) => faded(target, nowMs));
      if (best.length < measured.length && random() < EXPLORED) {
        const others = measured.filter((target) => !best.includes(target));
        return others[Math.floor(random() * others.length)];
      }
      return turns(best);
    },
    started(target) {
      underWay[target] = (underWay[target] ?? 0) + 1;
    },
    finished(target, outcome) {
      underWay[target] = Math.max(0, (underWay[target] ?? 0) - 1);
      if (outcome && !outcome.cut) observe(target, sampleOf(outcome, strategy), outcome.nowMs);
    },
  };
}

function sampleOf(
  { durationMs, completionTokens, failed }: TryOutcome,
  strategy: LatencyOptions["strategy"],
): number {
  const sample = strategy === "e2e" ? durationMs : durationMs / Math.max(1, completionTokens);
  return failed ? Math.max(sample, PENALTY_MS[strategy]) : sample;
}
