import type { Charge, Meter } from "./counters.ts";
import { type Counted, rolled, spanAt, type Window, windowKey } from "./window.ts";

interface Kept extends Counted {
  /** When nothing of it counts any more. */
  readonly goneAtMs: number;
}

/** What was counted, by meter, in this process's memory. */
export interface CounterTable {
  /** Of the window that a moment is in, and the one before. */
  counted(meter: Meter, nowMs: number): Counted;
  add(charge: Charge, nowMs: number): void;
  /** Takes the place of what was known. */
  set(meter: Meter, counted: Counted, nowMs: number): void;
  clear(): void;
}

/** Those counted in first go where there are too many. */
export function counterTable(maxCounters: number): CounterTable {
  const kept = new Map<string, Kept>();

  function counted({ key, window }: Meter, nowMs: number): Counted {
    const span = spanAt(window, nowMs);
    const known = kept.get(nameOf(key, window));
    return known ? rolled(known, span) : { index: span.index, current: 0, previous: 0 };
  }

  function set({ key, window }: Meter, { index, current, previous }: Counted, nowMs: number): void {
    const name = nameOf(key, window);
    const { startMs, endMs } = spanAt(window, nowMs);
    if (!kept.has(name) && kept.size >= maxCounters) makeRoom(nowMs);
    kept.set(name, { index, current, previous, goneAtMs: endMs + (endMs - startMs) });
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
    counted,
    set,
    add(charge, nowMs) {
      const { index, current, previous } = counted(charge, nowMs);
      const age = index - spanAt(charge.window, charge.atMs).index;
      // What is older than the window before counts for nobody any more; nothing falls below nothing.
      const added = {
        index,
        current: age <= 0 ? Math.max(0, current + charge.amount) : current,
        previous: age === 1 ? Math.max(0, previous + charge.amount) : previous,
      };
      set(charge, added, nowMs);
    },
    clear: () => kept.clear(),
  };
}

function nameOf(key: string, window: Window): string {
  return `${windowKey(window)}:${key}`;
}
