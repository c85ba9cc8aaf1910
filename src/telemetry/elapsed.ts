import type { AiRecord, CallRecord } from "./call-record.ts";

/** Where the time of one call went, in milliseconds. */
export interface Elapsed {
  readonly requestMs: number;
  /** Before the first upstream try: routing and plugins. The whole call when nothing was sent. */
  readonly gatewayMs: number;
  /** The last try, from sending to its headers (to the end where none came); absent when nothing was sent. */
  readonly waitingMs: number | undefined;
  /** From the upstream's headers to the end of the answer. */
  readonly receiveMs: number;
}

export function elapsed(record: CallRecord): Elapsed {
  const end = record.endedAtMs ?? record.startedAtMs;
  const requestMs = duration(record.startedAtMs, end);
  const first = record.attempts[0];
  const last = record.attempts.at(-1);
  if (!first || !last) {
    return { requestMs, gatewayMs: requestMs, waitingMs: undefined, receiveMs: 0 };
  }
  return {
    requestMs,
    gatewayMs: duration(record.startedAtMs, first.startedAtMs),
    waitingMs: duration(last.startedAtMs, last.headersAtMs ?? end),
    receiveMs: last.headersAtMs === undefined ? 0 : duration(last.headersAtMs, end),
  };
}

/**
 * How long the model took, in whole milliseconds: from the parsed request to the response headers,
 * or to the end of what came as a stream. Absent when no model was asked (an answer from a cache, a
 * refusal).
 */
export function llmLatencyMs(record: CallRecord, ai: AiRecord): number | undefined {
  const last = record.attempts.at(-1);
  if (!last) return undefined;
  const whole = answersWhole(ai) ? last.headersAtMs : undefined;
  const end = whole ?? record.endedAtMs ?? last.startedAtMs;
  return Math.round(duration(ai.parsedAtMs, end));
}

/**
 * Milliseconds from the request's start to the first streamed token; a whole answer's is its latency, and that of one
 * that no model gave is when it was there.
 */
export function timeToFirstTokenMs(record: CallRecord, ai: AiRecord): number | undefined {
  if (answersWhole(ai) && record.attempts.length > 0) return llmLatencyMs(record, ai);
  if (ai.firstTokenAtMs === undefined) return undefined;
  return duration(record.startedAtMs, ai.firstTokenAtMs);
}

function answersWhole({ requestMode, upstreamMode }: AiRecord): boolean {
  return (upstreamMode ?? requestMode) === "oneshot";
}

function duration(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs);
}

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
