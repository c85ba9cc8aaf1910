import { type BreakerOptions, circuitBreaker } from "./circuit-breaker.ts";
import { ejection, guessedWaitMs } from "./ejection.ts";

export interface HealthOptions extends BreakerOptions {
  /** Whether targets that fail several times in a row are put last for a while. */
  readonly ejectOutliers: boolean;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** One attempt at a target, from `began` to its one ending. */
export interface Trial {
  readonly target: number;
  readonly breakerProbe: boolean;
  readonly ejectionProbe: boolean;
}

/** What has become of a target with a call's end, as whoever runs the gateway wants to know. */
export type HealthChange =
  | "breaker_opened"
  | "breaker_closed"
  | "target_ejected"
  | "target_recovered"
  | "target_rate_limited";

const UNCHANGED: readonly HealthChange[] = [];

/** Why none of some targets may be called now. */
export interface Outage {
  /** All of them asked to be left alone; otherwise a circuit is open. */
  readonly rateLimited: boolean;
  /** Until the first may be called again. */
  readonly waitMs: number;
}

export type Health = ReturnType<typeof health>;

/**
 * Which targets may be called. An open circuit and a vendor's `retry-after` are obeyed even
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
    succeeded({ target, breakerProbe }: Trial, nowMs: number): readonly HealthChange[] {
      const state = states[target];
      if (!state || !troubled.has(target)) return UNCHANGED;
      const { breaker, outlier, rateLimits } = state;
      const wasOpen = breaker.isOpen;
      const wasShunned = outlier.isEjected || rateLimits > 0;
      breaker.succeeded(nowMs, breakerProbe);
      outlier.succeeded();
      state.rateLimits = 0;
      if (breaker.isClean && coolingMs(target, nowMs) === 0) troubled.delete(target);
      return [
        ...(wasOpen && !breaker.isOpen ? (["breaker_closed"] as const) : []),
        ...(wasShunned ? (["target_recovered"] as const) : []),
      ];
    },
    failed({ target, breakerProbe, ejectionProbe }: Trial, nowMs: number): readonly HealthChange[] {
      const state = states[target];
      if (!state) return UNCHANGED;
      const { breaker, outlier } = state;
      troubled.add(target);
      const wasOpen = breaker.isOpen;
      const wasEjected = outlier.isEjected;
      breaker.failed(nowMs, breakerProbe);
      if (ejectOutliers) outlier.failed(nowMs, ejectionProbe);
      return [
        ...(!wasOpen && breaker.isOpen ? (["breaker_opened"] as const) : []),
        ...(!wasEjected && outlier.isEjected ? (["target_ejected"] as const) : []),
      ];
    },
    /** The target asked to be left alone, for so long or for as long as is good. Not an ending. */
    rateLimited(
      { target }: Trial,
      nowMs: number,
      askedMs: number | undefined,
    ): readonly HealthChange[] {
      const state = states[target];
      if (!state) return UNCHANGED;
      troubled.add(target);
      state.rateLimits += 1;
      state.coolUntilMs = nowMs + (askedMs ?? guessedWaitMs(state.rateLimits, random));
      return state.rateLimits === 1 ? ["target_rate_limited"] : UNCHANGED;
    },
    /** Milliseconds until the target may be called as any other. */
    restMs(target: number, nowMs: number): number {
      return Math.max(refusedMs(target, nowMs), states[target]?.outlier.waitMs(nowMs) ?? 0);
    },
    /** The attempt said nothing of the target. */
    gaveUp({ target, breakerProbe, ejectionProbe }: Trial): void {
      states[target]?.breaker.gaveUp(breakerProbe);
      states[target]?.outlier.gaveUp(ejectionProbe);
    },
  };
}
