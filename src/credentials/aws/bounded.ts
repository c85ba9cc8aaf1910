export interface Bounds {
  /** How long one who asks waits, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** What is waited for, as the error names it. */
  readonly what: string;
}

const GIVEN_UP_MS = 5 * 60_000;

/**
 * For work that knows no limit and cannot be ended. While it hangs it is not begun again, so that a
 * program that hangs is there once; after five minutes it is given up, so that one lost connection is not
 * the end.
 */
export function bounded<Value>(
  load: () => Promise<Value>,
  { timeoutMs, nowMs, what }: Bounds,
): () => Promise<Value> {
  let flight: Promise<Value> | undefined;
  let begunMs = 0;

  function begin(): Promise<Value> {
    begunMs = nowMs();
    const begun = load().finally(() => {
      if (flight === begun) flight = undefined;
    });
    return begun;
  }

  return async () => {
    if (!flight || nowMs() - begunMs >= GIVEN_UP_MS) flight = begin();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const seconds = timeoutMs / 1000;
    const timer = setTimeout(
      () => reject(new Error(`${what} did not end within ${seconds} s`)),
      timeoutMs,
    );
    try {
      return await Promise.race([flight, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
