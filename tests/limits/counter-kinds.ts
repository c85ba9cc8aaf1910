import type { Counters } from "../../src/limits/counters.ts";
import { localCounters } from "../../src/limits/local-counters.ts";

/** A way to count, and why its tests are skipped where they are. */
export interface CounterKind {
  readonly name: string;
  readonly isMissing: boolean;
  /** Called once before all tests of it. */
  start(): Promise<void>;
  /** Counters that know nothing yet. */
  open(): Promise<Counters>;
  stop(): Promise<void>;
}

const nothing = async () => undefined;

const local: CounterKind = {
  name: "of one process",
  isMissing: false,
  start: nothing,
  open: async () => localCounters(),
  stop: nothing,
};

export const COUNTER_KINDS: readonly CounterKind[] = [local];
