/** Failures in a row that eject. */
const AFTER_FAILURES = 3;
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

export type Ejection = ReturnType<typeof ejection>;

/**
 * Puts a target that fails several times in a row last for a while: a second at first, twice as long
 * each time, a minute at most. After that one call alone finds out whether it is well again.
 */
export function ejection() {
  let inARow = 0;
  let ejections = 0;
  let untilMs: number | undefined;
  let probing = false;
  return {
    get isClean(): boolean {
      return inARow === 0 && untilMs === undefined;
    },
    get isEjected(): boolean {
      return untilMs !== undefined;
    },
    /** Milliseconds until a call may come; 0 when now. */
    waitMs(nowMs: number): number {
      if (untilMs === undefined) return 0;
      if (nowMs < untilMs) return untilMs - nowMs;
      return probing ? FIRST_MS : 0;
    },
    /** A call sets out; true when it is the probe, which is to be told how it ends. */
    began(nowMs: number): boolean {
      if (untilMs === undefined || nowMs < untilMs || probing) return false;
      probing = true;
      return true;
    },
    succeeded(): void {
      inARow = 0;
      ejections = 0;
      untilMs = undefined;
      probing = false;
    },
    failed(nowMs: number, wasProbe: boolean): void {
      inARow += 1;
      if (wasProbe) probing = false;
      const isDue = wasProbe || (untilMs === undefined && inARow >= AFTER_FAILURES);
      if (!isDue) return;
      untilMs = nowMs + Math.min(LONGEST_MS, FIRST_MS * 2 ** ejections);
      ejections += 1;
    },
    gaveUp(wasProbe: boolean): void {
      if (wasProbe) probing = false;
    },
  };
}
