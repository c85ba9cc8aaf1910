import { DEFAULT_SERVICE_TIMEOUT_MS } from "../../routing/entities.ts";
import type { Call } from "../call/call.ts";
import type { Plan } from "../call/plan.ts";
import type { Clocks } from "../call/upstream.ts";

/**
 * The clocks of an attempt where the target says how patient to be, as in the short form: a whole answer
 * has until `totalMs` for its headers too, since most vendors send them when it is ready, and a
 * stream until its first event is due.
 */
export function targetClocks(clocks: Clocks, { settings, stream, resolved }: Plan): Clocks {
  if (settings.timeouts !== "target") return clocks;
  const { timeoutMs } = resolved.target;
  if (timeoutMs === undefined) {
    return { ...clocks, headersMs: stream ? clocks.firstEventMs : clocks.totalMs };
  }
  return {
    ...clocks,
    connectMs: Math.min(clocks.connectMs, timeoutMs),
    headersMs: timeoutMs,
    readMs: timeoutMs,
    firstEventMs: timeoutMs,
    idleMs: timeoutMs,
    totalMs: timeoutMs,
    streamTotalMs: Math.max(clocks.streamTotalMs, timeoutMs),
  };
}

/** How long an upstream may be silent, where its configuration says so, between any two reads. */
export function withReadTimeout(clocks: Clocks, readMs: number): Clocks {
  return {
    ...clocks,
    readMs,
    // Who waits so long for a byte waits as long for a word.
    firstEventMs: Math.max(clocks.firstEventMs, readMs),
    idleMs: Math.max(clocks.idleMs, readMs),
    totalMs: Math.max(clocks.totalMs, readMs),
  };
}

/**
 * The clocks of a call whose upstream takes the place of its route's service: what was set at the
 * service still says how patient to be, as in the reference.
 */
export function serviceClocks({ clocks, service }: Call): Clocks {
  if (!service) return clocks;
  const { connectTimeoutMs, headersTimeoutMs, readTimeoutMs } = service;
  const isUnset =
    connectTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS &&
    headersTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS &&
    readTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS;
  if (isUnset) return clocks;
  const isReadUnset = readTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS;
  const patient = isReadUnset ? clocks : withReadTimeout(clocks, readTimeoutMs);
  return { ...patient, connectMs: connectTimeoutMs, headersMs: headersTimeoutMs };
}
