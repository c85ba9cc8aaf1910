import type { GatewayError } from "../chat/error.ts";

/**
 * Deadlines for many things at once on one timer: moving a deadline is one property write, so a
 * stream can do it for every event. Expiry is late by at most one tick.
 */
export interface Deadline {
  /** `performance.now()` milliseconds; `Infinity` while nothing is awaited. */
  atMs: number;
  readonly expire: () => void;
  /** Ends what is awaited for another reason than the clock, where there is a way. */
  readonly abort?: (reason: GatewayError) => void;
}

const TICK_MS = 50;
const watched = new Set<Deadline>();
let ticker: ReturnType<typeof setInterval> | undefined;

export function watch(deadline: Deadline): void {
  watched.add(deadline);
  ticker ??= setInterval(expireDue, TICK_MS);
}

export function unwatch(deadline: Deadline): void {
  watched.delete(deadline);
}

/** Ends everything that is awaited, for one reason: the gateway is going down. */
export function abortAll(reason: GatewayError): void {
  for (const deadline of watched) deadline.abort?.(reason);
}

function expireDue(): void {
  // Only an idle tick stops the timer: starting one for every call would cost more than the tick.
  if (watched.size === 0) {
    clearInterval(ticker);
    ticker = undefined;
    return;
  }
  const nowMs = performance.now();
  for (const deadline of watched) {
    if (deadline.atMs > nowMs) continue;
    unwatch(deadline);
    deadline.expire();
  }
}
