/** Something that holds until a moment, such as a token. */
export interface Lasting {
  /** Milliseconds since 1970; absent where it never ends. */
  readonly expiresAtMs?: number;
}

export interface RefreshingOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** A renewal failed that nobody waits for, since the old value still holds. */
  readonly onFailure: (error: unknown) => void;
}

/** A value is renewed when it ends within this time. */
const AHEAD_MS = 6 * 60_000;
/** A source may give the same value again until shortly before its end. */
const SAME_AGAIN_MS = 30_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Loads when first asked, and again ahead of the end, once for all who ask meanwhile. As long as the
 * old value holds nobody waits for the new one. After a failure it pauses, twice as long each time;
 * who has no valid value in a pause gets the last failure.
 */
export function refreshing<Value extends Lasting>(
  load: () => Promise<Value>,
  { nowMs, onFailure }: RefreshingOptions,
): () => Promise<Value> {
  let held: Value | undefined;
  let flight: Promise<Value> | undefined;
  let failure: unknown;
  let failures = 0;
  let nextLoadMs = 0;

  function endsWithin(value: Value, ms: number): boolean {
    return value.expiresAtMs !== undefined && value.expiresAtMs - nowMs() <= ms;
  }

  async function renew(): Promise<Value> {
    try {
      held = await load();
      failures = 0;
      nextLoadMs = endsWithin(held, AHEAD_MS) ? nowMs() + SAME_AGAIN_MS : 0;
      return held;
    } catch (error) {
      failure = error;
      nextLoadMs = nowMs() + Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      failures++;
      throw error;
    } finally {
      flight = undefined;
    }
  }

  return async () => {
    if (held && !endsWithin(held, AHEAD_MS)) return held;
    const valid = held && !endsWithin(held, 0) ? held : undefined;
    if (!flight && nowMs() >= nextLoadMs) {
      flight = renew();
      if (valid) flight.catch(onFailure);
    }
    if (valid) return valid;
    if (flight) return flight;
    throw failure;
  };
}
