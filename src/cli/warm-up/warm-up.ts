import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import { type MadeUpCall, madeUpCalls } from "./made-up-calls.ts";

/** How long it takes at most, in milliseconds: somebody waits for `/readyz`. */
const BOUND_MS = 1_000;
/** More of them would gain nothing. */
const MAX_CALLS = 1_000;

interface WarmUp {
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly operatorLog: OperatorLog;
  makeCalls?(): readonly MadeUpCall[];
}

/**
 * Runs the code that calls pass through, so that the runtime has compiled it before the first comes: the first
 * calls of a process cost several times what later ones do. Other work of the thread goes on in between.
 * Never rejects: without it the gateway serves as well. Resolves with how many calls were made up.
 */
export async function warmUp({
  signal,
  operatorLog,
  makeCalls = madeUpCalls,
}: WarmUp): Promise<number> {
  const endsAtMs = performance.now() + BOUND_MS;
  let made = 0;
  try {
    const calls = makeCalls();
    while (made < MAX_CALLS && !signal.aborted && performance.now() < endsAtMs) {
      await calls[made % calls.length]?.();
      made += 1;
      await othersTurn();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    operatorLog.say("error", `could not warm up, the first calls will be slower: ${why}`);
  }
  return made;
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
