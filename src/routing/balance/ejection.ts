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

const SHORTEST_MS = 1_000;
const LONGEST_TOLD_MS = 3_600_000;
/** For a target that does not say, or talks nonsense. */
const LONGEST_GUESS_MS = 60_000;

/**
 * How long a rate-limited vendor asks to be left alone, in milliseconds between a second and an
 * hour; undefined when it does not say. `retry-after-ms` is the finer of the two headers
 * (https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits); `Retry-After` is seconds or a
 * date (RFC 9110 §10.2.3).
 */
export function askedWaitMs(
  headers: { get(name: string): string | null },
  nowEpochMs: number,
): number | undefined {
  const waitMs = milliseconds(headers.get("retry-after-ms"), 1) ?? wait(headers, nowEpochMs);
  return waitMs === undefined ? undefined : clampWaitMs(waitMs);
}

export function clampWaitMs(waitMs: number): number {
  return Math.min(LONGEST_TOLD_MS, Math.max(SHORTEST_MS, waitMs));
}

function wait(headers: { get(name: string): string | null }, nowEpochMs: number) {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = milliseconds(text, 1000);
  if (seconds !== undefined) return seconds;
  // Anything with a weekday in it; `Date.parse` alone would take "-5" for a year.
  if (!/^[A-Za-z]{3}/.test(text.trim())) return undefined;
  const atEpochMs = Date.parse(text);
  return Number.isNaN(atEpochMs) ? undefined : atEpochMs - nowEpochMs;
}

function milliseconds(text: string | null, unitMs: number): number | undefined {
  if (text === null || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  return Number(text) * unitMs;
}

/**
 * The wait of a target that was rate-limited `times` in a row and did not say for how long: one
 * second, twice as long each time, a minute at most, and up to half more so that not all come back at once.
 */
export function guessedWaitMs(times: number, random: () => number): number {
  const waitMs = Math.min(LONGEST_GUESS_MS, SHORTEST_MS * 2 ** (times - 1));
  return waitMs * (1 + random() / 2);
}
