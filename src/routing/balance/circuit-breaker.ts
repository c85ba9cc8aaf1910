export interface BreakerOptions {
  /** Failures that open the circuit; 0 means that nothing does. */
  readonly maxFails: number;
  /** How long it stays open; and how long after the last failure a success clears the count. */
  readonly failTimeoutMs: number;
}

export type CircuitBreaker = ReturnType<typeof circuitBreaker>;

/**
 * Keeps calls from a target that fails. Failures are counted in total: a success in between clears
 * nothing unless it comes `failTimeoutMs` after the last failure. Once open for that long, one call
 * alone is let through as a probe: its success closes the circuit, its failure opens it anew.
 */
export function circuitBreaker({ maxFails, failTimeoutMs }: BreakerOptions) {
  let failures = 0;
  let lastFailureAtMs = Number.NEGATIVE_INFINITY;
  /** Absent while the circuit is closed. */
  let openUntilMs: number | undefined;
  let probing = false;

  function open(nowMs: number): void {
    openUntilMs = nowMs + failTimeoutMs;
    probing = false;
  }

  return {
    /** Nothing to remember. */
    get isClean(): boolean {
      return failures === 0 && openUntilMs === undefined;
    },
    get isOpen(): boolean {
      return openUntilMs !== undefined;
    },
    /** Milliseconds until a call may come; 0 when now. */
    waitMs(nowMs: number): number {
      if (openUntilMs === undefined) return 0;
      if (nowMs < openUntilMs) return openUntilMs - nowMs;
      return probing ? failTimeoutMs : 0;
    },
    /** A call sets out; true when it is the probe, which is to be told how it ends. */
    began(nowMs: number): boolean {
      if (openUntilMs === undefined || nowMs < openUntilMs || probing) return false;
      probing = true;
      return true;
    },
    succeeded(nowMs: number, wasProbe: boolean): void {
      if (openUntilMs !== undefined && !wasProbe) return;
      const clears = wasProbe || nowMs - lastFailureAtMs >= failTimeoutMs;
      if (!clears) return;
      failures = 0;
      openUntilMs = undefined;
      probing = false;
    },
    failed(nowMs: number, wasProbe: boolean): void {
      if (maxFails === 0) return;
      failures += 1;
      lastFailureAtMs = nowMs;
      // What set out before the circuit opened is no news.
      if (wasProbe || (openUntilMs === undefined && failures >= maxFails)) open(nowMs);
    },
    /** A call ended without saying anything of the target. */
    gaveUp(wasProbe: boolean): void {
      if (wasProbe) probing = false;
    },
  };
}
