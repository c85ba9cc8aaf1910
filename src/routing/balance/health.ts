import { type BreakerOptions, circuitBreaker } from "./circuit-breaker.ts";
import { guessedWaitMs } from "./cool-down.ts";
import { ejection } from "./ejection.ts";

export interface HealthOptions extends BreakerOptions {
  /** Whether targets that fail several times in a row are put last for a while. */
  readonly ejectOutliers: boolean;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** One try at a target, from `began` to its one ending. */
export interface Trial {
  readonly target: number;
  readonly breakerProbe: boolean;
  readonly ejectionProbe: boolean;
}

/** Why none of some targets may be called now. */
export interface Outage {
  /** All of them asked to be left alone; otherwise a circuit is open. */
  readonly rateLimited: boolean;
  /** Until the first may be called again. */
  readonly waitMs: number;
}

export type Health = ReturnType<typeof health>;

/**
 * Which targets may be called. An open circuit and a vendor's wish to be left alone are obeyed even
 * where no target is left; a target that merely fails a lot is asked when there is no other.
 */
export function health(count: number, { ejectOutliers, random, ...options }: HealthOptions) {
  const states = Array.from({ length: count }, () => ({
    breaker: circuitBreaker(options),
    outlier: ejection(),
    coolUntilMs: Number.NEGATIVE_INFINITY,
    rateLimits: 0,
  }));
  /** Targets that have anything to remember: mostly none. */
  const troubled = new Set<number>();

  const coolingMs = (target: number, nowMs: number) =>
    Math.max(0, (states[target]?.coolUntilMs ?? nowMs) - nowMs);
  const refusedMs = (target: number, nowMs: number) =>
    Math.max(states[target]?.breaker.waitMs(nowMs) ?? 0, coolingMs(target, nowMs));

  return {
    /** Those of `among` that may be called, ailing ones only when there are no others. */
    usable(among: readonly number[], nowMs: number): readonly number[] {
      if (troubled.size === 0) return among;
      const allowed = among.filter((target) => refusedMs(target, nowMs) === 0);
      const well = allowed.filter((target) => states[target]?.outlier.waitMs(nowMs) === 0);
      return well.length > 0 ? well : allowed;
    },
    /** What to say when none is usable. */
    outage(among: readonly number[], nowMs: number): Outage {
      const waits = among.map((target) => refusedMs(target, nowMs));
      return {
        rateLimited: among.every((target) => coolingMs(target, nowMs) > 0),
        waitMs: Math.min(...waits),
      };
    },
    began(target: number, nowMs: number): Trial {
      const state = states[target];
      return {
        target,
        breakerProbe: state?.breaker.began(nowMs) ?? false,
        ejectionProbe: state?.outlier.began(nowMs) ?? false,
      };
    },
    succeeded({ target, breakerProbe }: Trial, nowMs: number): void {
      const state = states[target];
      if (!state || !troubled.has(target)) return;
      state.breaker.succeeded(nowMs, breakerProbe);
      state.outlier.succeeded();
      state.rateLimits = 0;
      if (state.breaker.isClean && coolingMs(target, nowMs) === 0) troubled.delete(target);
    },
    failed({ target, breakerProbe, ejectionProbe }: Trial, nowMs: number): void {
      troubled.add(target);
      states[target]?.breaker.failed(nowMs, breakerProbe);
      if (ejectOutliers) states[target]?.outlier.failed(nowMs, ejectionProbe);
    },
    /** The target asked to be left alone, for so long or for as long as is good. Not an ending. */
    rateLimited({ target }: Trial, nowMs: number, askedMs: number | undefined): void {
      const state = states[target];
      if (!state) return;
      troubled.add(target);
      state.rateLimits += 1;
      state.coolUntilMs = nowMs + (askedMs ?? guessedWaitMs(state.rateLimits, random));
    },
    /** The try said nothing of the target. */
    gaveUp({ target, breakerProbe, ejectionProbe }: Trial): void {
      states[target]?.breaker.gaveUp(breakerProbe);
      states[target]?.outlier.gaveUp(ejectionProbe);
    },
  };
}
