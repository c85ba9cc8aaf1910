import { GatewayError } from "../chat/error.ts";
import type { HeaderMap } from "../framing/header-map.ts";
import { formatFor } from "../gateway/call/asked-format.ts";
import type { Call, Middleware } from "../gateway/call/call.ts";
import { plainErrorReply } from "../gateway/call/error-reply.ts";
import type { Counters, Grant, Standing } from "../limits/counters.ts";
import { spanAt, type Window, windowName } from "../limits/window.ts";

/** So many requests in a window. */
export interface RequestLimit {
  readonly window: Window;
  readonly limit: number;
  /** As its headers call the window. */
  readonly name: string;
}

export interface RequestLimits {
  readonly counters: Counters;
  readonly namespace: string;
  readonly limits: readonly RequestLimit[];
  /** Whose counters a call is counted in; undefined where it is not counted. */
  owner(call: Call): string | undefined;
  /** Whether a refused request counts as one. */
  readonly countsRefused: boolean;
  readonly hidesHeaders: boolean;
  readonly jitterMaxSeconds: number;
  readonly errorCode: number;
  readonly errorMessage: string;
}

export function requestLimit(limit: number, window: Window): RequestLimit {
  return { limit, window, name: windowName(window) };
}

/** Counts requests before they go on, and refuses those that are too many. */
export function limitingRequests(limiter: RequestLimits): Middleware {
  const { counters, namespace, limits, errorCode, errorMessage } = limiter;
  return async (call, next) => {
    const owner = limiter.owner(call);
    if (owner === undefined) return next(call);
    const nowMs = Date.now();
    const key = `requests|${namespace.length}.${namespace}|${owner}`;
    const claims = limits.map(({ window, limit }) => ({ key, window, limit, amount: 1 }));
    const claimed = counters.claim(claims, nowMs);
    const grant = claimed instanceof Promise ? await claimed : claimed;
    if (grant.granted) {
      const reply = await next(call);
      if (!limiter.hidesHeaders) writeLimits(reply.headers, limiter, grant, nowMs);
      return reply;
    }
    if (limiter.countsRefused) {
      await counters.add(
        claims.map((claim) => ({ ...claim, atMs: nowMs })),
        nowMs,
      );
    }
    const error = new GatewayError("rate_limited", errorMessage, { status: errorCode });
    call.record.error = error;
    const reply = plainErrorReply(error, call.id, formatFor(call));
    if (!limiter.hidesHeaders) writeLimits(reply.headers, limiter, grant, nowMs);
    const waitSeconds = Math.max(...grant.standings.map(({ waitSeconds: wait = 0 }) => wait));
    const jitterSeconds = Math.floor(Math.random() * (limiter.jitterMaxSeconds + 1));
    reply.headers.set("Retry-After", String(waitSeconds + jitterSeconds));
    return reply;
  };
}

/** How each limit stands with this request counted, and the one that is nearest to its end by itself. */
function writeLimits(
  headers: HeaderMap,
  { limits }: RequestLimits,
  { granted, standings }: Grant,
  nowMs: number,
): void {
  let nearest: { limit: number; left: number; resetSeconds: number } | undefined;
  for (const [at, { name, limit, window }] of limits.entries()) {
    const standing: Standing = standings[at] ?? { used: 0, waitSeconds: undefined };
    const left = Math.max(0, Math.floor(limit - standing.used - (granted ? 1 : 0)));
    headers.set(`X-RateLimit-Limit-${name}`, String(limit));
    headers.set(`X-RateLimit-Remaining-${name}`, String(left));
    const endsInSeconds = Math.max(1, Math.ceil((spanAt(window, nowMs).endMs - nowMs) / 1000));
    const resetSeconds = standing.waitSeconds ?? endsInSeconds;
    if (!nearest || left < nearest.left) nearest = { limit, left, resetSeconds };
  }
  if (!nearest) return;
  headers.set("RateLimit-Limit", String(nearest.limit));
  headers.set("RateLimit-Remaining", String(nearest.left));
  headers.set("RateLimit-Reset", String(nearest.resetSeconds));
}
