const SECONDS = 10;
const SHARE = 0.2;
const ALWAYS = 3;

/**
 * Keeps retries from turning an overload into a storm: at most one for every five calls of the last
 * ten seconds, and three besides.
 */
export function retryBudget() {
  const calls = new Uint32Array(SECONDS);
  const retries = new Uint32Array(SECONDS);
  let second = 0;

  function turnTo(nowMs: number): void {
    const now = Math.floor(nowMs / 1000);
    if (now <= second) return;
    const passed = Math.min(SECONDS, now - second);
    for (let step = 1; step <= passed; step++) {
      calls[(second + step) % SECONDS] = 0;
      retries[(second + step) % SECONDS] = 0;
    }
    // Everything is cleared after a long pause; where in the ring it goes on does not matter.
    second = now;
    if (passed === SECONDS) {
      calls.fill(0);
      retries.fill(0);
    }
  }

  return {
    called(nowMs: number): void {
      turnTo(nowMs);
      const at = second % SECONDS;
      calls[at] = (calls[at] ?? 0) + 1;
    },
    /** Whether there is a retry to spend; it is spent. */
    spend(nowMs: number): boolean {
      turnTo(nowMs);
      if (sum(retries) + 1 > SHARE * sum(calls) + ALWAYS) return false;
      const at = second % SECONDS;
      retries[at] = (retries[at] ?? 0) + 1;
      return true;
    },
  };
}

function sum(counts: Uint32Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
