import type { Charge, Claim, Counters, Grant, Meter, Standing } from "./counters.ts";
import {
  type Counted,
  rolled,
  secondsUntilFree,
  spanAt,
  usedAt,
  type Window,
  windowKey,
} from "./window.ts";

/** Counters that are kept; callers may be without number. */
const MAX_COUNTERS = 1_000_000;

interface Kept extends Counted {
  /** When nothing of it counts any more. */
  readonly goneAtMs: number;
}

/** Counts in this process alone; what was counted ends with it. */
export function localCounters(maxCounters = MAX_COUNTERS): Counters {
  const kept = new Map<string, Kept>();

  function counted({ key, window }: Meter, nowMs: number): Counted {
    const span = spanAt(window, nowMs);
    const known = kept.get(nameOf(key, window));
    return known ? rolled(known, span) : { index: span.index, current: 0, previous: 0 };
  }

  function add({ key, window, amount, atMs }: Charge, nowMs: number): void {
    const now = counted({ key, window }, nowMs);
    const age = now.index - spanAt(window, atMs).index;
    // What is older than the window before counts for nobody any more; nothing falls below nothing.
    const current = age <= 0 ? Math.max(0, now.current + amount) : now.current;
    const previous = age === 1 ? Math.max(0, now.previous + amount) : now.previous;
    const name = nameOf(key, window);
    const { startMs, endMs } = spanAt(window, nowMs);
    if (!kept.has(name) && kept.size >= maxCounters) makeRoom(nowMs);
    kept.set(name, { index: now.index, current, previous, goneAtMs: endMs + (endMs - startMs) });
  }

  /** Those whose windows are over go; where that is not enough, an eighth of all, those made first. */
  function makeRoom(nowMs: number): void {
    for (const [name, { goneAtMs }] of kept) if (goneAtMs <= nowMs) kept.delete(name);
    const target = maxCounters - Math.ceil(maxCounters / 8);
    if (kept.size < maxCounters) return;
    for (const name of kept.keys()) {
      if (kept.size <= target) return;
      kept.delete(name);
    }
  }

  return {
    claim(claims, nowMs): Grant {
      const standings = claims.map((claim) => standing(claim, counted(claim, nowMs), nowMs));
      const granted = standings.every(({ waitSeconds }) => waitSeconds === undefined);
      if (granted) {
        for (const claim of claims) if (claim.amount > 0) add({ ...claim, atMs: nowMs }, nowMs);
      }
      return { granted, standings };
    },
    add(charges, nowMs) {
      for (const charge of charges) if (charge.amount !== 0) add(charge, nowMs);
    },
    close: async () => undefined,
  };
}

/** Where a limit stands for a claim on it. `counted` is as `rolled` gives it. */
export function standing(claim: Claim, counted: Counted, nowMs: number): Standing {
  const { window, limit, amount } = claim;
  const used = usedAt(counted, window, nowMs);
  const isFree = amount > 0 ? used + amount <= limit : used < limit;
  if (isFree) return { used, waitSeconds: undefined };
  return { used, waitSeconds: secondsUntilFree(counted, window, nowMs, limit - amount) };
}

function nameOf(key: string, window: Window): string {
  return `${windowKey(window)}:${key}`;
}
