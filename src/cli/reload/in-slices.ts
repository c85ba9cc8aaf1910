import type { Steps } from "../../routing/plugin-order.ts";

/** How work is cut. */
export interface Slices {
  /** Milliseconds of work in a row. */
  readonly sliceMs: number;
  nowMs(): number;
  /** Resolves once everybody else has had a turn. */
  turn(): Promise<void>;
}

const SLICES: Slices = {
  sliceMs: 10,
  nowMs: () => performance.now(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

/**
 * Runs steps to their end, and lets others have a turn whenever a slice of time is used up. An aborted
 * signal ends the steps where they are; what they hold by then is theirs to let go.
 */
export async function inSlices<Result>(
  steps: Steps<Result>,
  signal: AbortSignal,
  { sliceMs, nowMs, turn }: Slices = SLICES,
): Promise<Result> {
  let until = nowMs() + sliceMs;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (nowMs() < until) continue;
    await turn();
    if (signal.aborted) {
      steps.throw(signal.reason);
      throw signal.reason;
    }
    until = nowMs() + sliceMs;
  }
}
