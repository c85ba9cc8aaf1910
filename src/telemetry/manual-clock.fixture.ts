import type { Clock } from "./elapsed.ts";

/** A clock that a test moves. */
export interface ManualClock extends Clock {
  /** Moves on and runs what falls due, in order. */
  advance(ms: number): void;
  /** Delays of what is still to run, in milliseconds from now, soonest first. */
  readonly pendingMs: readonly number[];
}

export function manualClock(): ManualClock {
  let now = 0;
  let timers: { readonly dueMs: number; readonly run: () => void }[] = [];
  const nextDue = () => timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
  return {
    nowMs: () => now,
    after(delayMs, run) {
      const timer = { dueMs: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (let due = nextDue(); due && due.dueMs <= end; due = nextDue()) {
        const current = due;
        timers = timers.filter((other) => other !== current);
        now = current.dueMs;
        current.run();
      }
      now = end;
    },
    get pendingMs() {
      return timers.map((timer) => timer.dueMs - now).toSorted((a, b) => a - b);
    },
  };
}
