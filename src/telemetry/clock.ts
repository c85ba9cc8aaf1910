/** Time as an argument, so that tests need not wait for it. */
export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Runs once after the delay, never at once; the returned function calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
