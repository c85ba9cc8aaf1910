import { type AttemptOutcome, lowest, type Picker } from "./picker.ts";
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
/** What a failed attempt counts as, at least: a refused connection is quick, but not fast. */
const PENALTY_MS = { e2e: 10_000, tpot: 1_000 } as const;
/**
 * Attempts in a row that say nothing of a target, after which it is silent: a client's own mistakes are
 * seldom all that a target sees.
 */
const SILENT_TRIES = 3;
/** Weight of one call in the running mean of how long an answer lets wait. */
const MEAN_WEIGHT = 0.05;

/**
 * The fastest target, by a peak-sensitive moving average (Finagle's "peak EWMA",
 * https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded): a
 * slower answer counts at once, a faster one gradually. Scores fade while a target is not called, so
 * one that was slow is tried again. Targets without a score are tried first. Silent ones take turns
 * with the fastest: a score that only fades would make the fastest of them.
 */
export function lowestLatency(
  weights: readonly number[],
  { strategy, random }: LatencyOptions,
): Picker {
  const scores = new Float64Array(weights.length);
  const seenAtMs = new Float64Array(weights.length).fill(Number.NaN);
  const underWay = new Uint32Array(weights.length);
  /** Attempts since the last that said something. */
  const silences = new Uint32Array(weights.length);
  let usualWaitMs: number | undefined;
  const turns = takingTurns(weights);

  const isMeasured = (target: number) => !Number.isNaN(seenAtMs[target] ?? Number.NaN);
  const isSilent = (target: number) => (silences[target] ?? 0) >= SILENT_TRIES;
  const isKnown = (target: number) => isMeasured(target) || isSilent(target);
  const faded = (target: number, nowMs: number) =>
    isMeasured(target)
      ? (scores[target] ?? 0) * Math.exp(-(nowMs - (seenAtMs[target] ?? nowMs)) / DECAY_MS)
      : 0;

  function fastestOf(among: readonly number[], nowMs: number): readonly number[] {
    let leastMs = Number.POSITIVE_INFINITY;
    for (const target of among) {
      if (!isSilent(target)) leastMs = Math.min(leastMs, faded(target, nowMs));
    }
    return lowest(among, (target) => {
      const score = faded(target, nowMs);
      return isSilent(target) ? Math.max(score, leastMs) : score;
    });
  }

  function observe(target: number, sample: number, nowMs: number): void {
    const known = scores[target] ?? 0;
    const elapsedMs = nowMs - (seenAtMs[target] ?? nowMs);
    const kept = isMeasured(target) ? Math.exp(-Math.max(0, elapsedMs) / DECAY_MS) : 0;
    const average = known * kept + sample * (1 - kept);
    scores[target] = Math.max(sample, average);
    seenAtMs[target] = nowMs;
  }

  function said(target: number, sample: number, nowMs: number): void {
    silences[target] = 0;
    observe(target, sample, nowMs);
  }

  function saidNothing(target: number): void {
    silences[target] = (silences[target] ?? 0) + 1;
  }

  /** A client that waited no longer than is usual says nothing of the target. */
  function givenUp(target: number, { waitMs, nowMs }: AttemptOutcome): void {
    saidNothing(target);
    const isLong = waitMs > (usualWaitMs ?? 0) && waitMs > faded(target, nowMs);
    if (isLong) observe(target, waitMs, nowMs);
  }

  return {
    pick(among, { nowMs }) {
      const unknown = among.filter((target) => !isKnown(target));
      const waiting = unknown.filter((target) => (underWay[target] ?? 0) === 0);
      if (waiting.length > 0) return turns(waiting);
      if (unknown.length === among.length) {
        return turns(lowest(among, (target) => underWay[target] ?? 0));
      }
      const known = unknown.length === 0 ? among : among.filter(isKnown);
      const best = fastestOf(known, nowMs);
      if (best.length < known.length && random() < EXPLORED) {
        const others = known.filter((target) => !best.includes(target));
        return others[Math.floor(random() * others.length)];
      }
      return turns(best);
    },
    started(target) {
      underWay[target] = (underWay[target] ?? 0) + 1;
    },
    finished(target, outcome) {
      underWay[target] = Math.max(0, (underWay[target] ?? 0) - 1);
      const { ending, waitMs, nowMs } = outcome;
      const sample = sampleOf(outcome, strategy);
      switch (ending) {
        case "answered":
          usualWaitMs = average(usualWaitMs, waitMs);
          return said(target, sample, nowMs);
        case "failed":
          return said(target, Math.max(sample, PENALTY_MS[strategy]), nowMs);
        case "refused":
        case "cut":
          return saidNothing(target);
        case "given-up":
          return givenUp(target, outcome);
      }
    },
  };
}

function average(mean: number | undefined, value: number): number {
  return mean === undefined ? value : mean + MEAN_WEIGHT * (value - mean);
}

function sampleOf(
  { durationMs, completionTokens }: AttemptOutcome,
  strategy: LatencyOptions["strategy"],
): number {
  return strategy === "e2e" ? durationMs : durationMs / Math.max(1, completionTokens);
}
