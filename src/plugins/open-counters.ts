import type { Hold } from "../gateway/call/kept-state.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import type { Counters } from "../limits/counters.ts";
import { localCounters } from "../limits/local-counters.ts";

/** The counters that all limits of this process share; a reload keeps what was counted. */
export function openCounters({ kept }: ProcessState): Hold<Counters> {
  return kept.keep("counters", () => localCounters());
}
