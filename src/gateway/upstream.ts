import { type ErrorCode, GatewayError } from "../chat/error.ts";
import { processMetrics } from "../telemetry/gateway-metrics.ts";
import type { BodyClocks } from "./client-body.ts";
import { unwatch, watch } from "./clocks.ts";

/** How long each part of an exchange may take, in milliseconds; none infinite. */
export interface UpstreamClocks {
  /** From sending to the response's headers, connecting included. */
  readonly headersMs: number;
  /** To the first event that says something; comments and pings do not count. */
  readonly firstEventMs: number;
  /** Between such events. */
  readonly idleMs: number;
  /** A whole answer that is not a stream, and a whole stream. */
  readonly totalMs: number;
  readonly streamTotalMs: number;
}

/** All clocks of a call. */
export interface Clocks extends UpstreamClocks, BodyClocks {
  /** While the client takes nothing of what waits for it. */
  readonly clientStallMs: number;
}

export const DEFAULT_CLOCKS: Clocks = {
  headersMs: 60_000,
  firstEventMs: 120_000,
  idleMs: 60_000,
  totalMs: 600_000,
  streamTotalMs: 1_800_000,
  clientStallMs: 60_000,
  bodyIdleMs: 15_000,
  bodyTotalMs: 300_000,
};

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
  /** Forward proxies, as URLs, for `http:` and for `https:` upstreams. */
  readonly proxies?: { readonly http?: string; readonly https?: string };
  /** False leaves the upstream's certificate unchecked. */
  readonly verifiesTls?: boolean;
}

export interface Incoming {
  readonly response: Response;
  /** Ends the exchange at once, with this reason. */
  abort(reason: GatewayError): void;
}

/** See `send`. */
export type Send = (
  request: Outgoing,
  signal: AbortSignal,
  clocks: UpstreamClocks,
) => Promise<Incoming>;

/** Origins that have answered: their next exchange may ride on a pooled connection. */
const answeredOrigins = new Set<string>();
/** Hosts may come from templates, so there is no end of them. */
const MAX_ORIGINS = 1_000;
/** A peer that had closed an idle connection says so at once; what fails later was under way. */
const RACE_MS = 1_000;

/**
 * Sends one request and waits for the answer's headers. Throws a `GatewayError` with an `upstream_…`
 * code, or the signal's own reason when the call was given up.
 */
export const send: Send = async (request, signal, clocks) => {
  const controller = new AbortController();
  const abort = (reason: GatewayError) => controller.abort(reason);
  const onClientLeft = () => abort(clientLeft());
  if (signal.aborted) throw clientLeft();
  signal.addEventListener("abort", onClientLeft, { once: true });
  const sentAtMs = performance.now();
  const deadline = {
    atMs: sentAtMs + clocks.headersMs,
    expire: () => abort(new GatewayError("upstream_timeout", "The upstream server is timing out")),
    abort,
  };
  watch(deadline);
  try {
    const response = await fetchOnce(request, controller.signal, true);
    noteAnswered(request.url);
    return { response, abort };
  } catch (cause) {
    const raced = !controller.signal.aborted && lostRace(cause, request, sentAtMs);
    if (!raced) throw failure(cause, controller.signal);
    return { response: await sentAgain(request, controller.signal), abort };
  } finally {
    unwatch(deadline);
  }
};

function noteAnswered(url: string): void {
  if (answeredOrigins.size < MAX_ORIGINS) answeredOrigins.add(originOf(url));
}

/**
 * The peer may have closed its idle connection just as the request went out. That race fails 2–15 %
 * of calls on a busy keep-alive upstream, so it is answered with one fresh connection.
 */
function lostRace(cause: unknown, request: Outgoing, sentAtMs: number): boolean {
  if (!closedByPeer(cause) || !answeredOrigins.has(originOf(request.url))) return false;
  return !(request.body instanceof ReadableStream) && performance.now() - sentAtMs <= RACE_MS;
}

async function sentAgain(request: Outgoing, signal: AbortSignal): Promise<Response> {
  processMetrics.possibleDuplicates.add(1);
  try {
    return await fetchOnce(request, signal, false);
  } catch (cause) {
    throw failure(cause, signal);
  }
}

function failure(cause: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : upstreamError(cause);
}

function fetchOnce(request: Outgoing, signal: AbortSignal, keepalive: boolean): Promise<Response> {
  // Bun gives an exchange up after 300 s without a byte, unless told not to: our own clocks decide.
  const init: BunFetchRequestInit & { timeout: false } = {
    timeout: false,
    method: request.method,
    headers: request.headers,
    redirect: "manual",
    signal,
    keepalive,
  };
  if (request.body !== undefined && request.method !== "GET" && request.method !== "HEAD") {
    init.body = request.body;
  }
  const proxy = request.url.startsWith("https:") ? request.proxies?.https : request.proxies?.http;
  if (proxy !== undefined) init.proxy = proxy;
  if (request.verifiesTls === false) init.tls = { rejectUnauthorized: false };
  return fetch(request.url, init);
}

function clientLeft(): GatewayError {
  return new GatewayError("client_aborted", "the client left");
}

function originOf(url: string): string {
  const pathAt = url.indexOf("/", url.indexOf("//") + 2);
  return pathAt < 0 ? url : url.slice(0, pathAt);
}

function closedByPeer(error: unknown): boolean {
  return systemCode(error) === "ECONNRESET";
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const INVALID = "An invalid response was received from the upstream server";

const SYSTEM_CODES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  ECONNREFUSED: { code: "upstream_connect_failed", message: INVALID },
  EHOSTUNREACH: { code: "upstream_connect_failed", message: INVALID },
  ENETUNREACH: { code: "upstream_connect_failed", message: INVALID },
  ENOTFOUND: { code: "upstream_dns", message: "name resolution failed" },
  EAI_AGAIN: { code: "upstream_dns", message: "name resolution failed" },
  ETIMEDOUT: { code: "upstream_timeout", message: "The upstream server is timing out" },
  ECONNRESET: { code: "upstream_reset", message: INVALID },
};

/** What a failed `fetch`, or a body that broke while it was read, means. */
export function upstreamError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const system = systemCode(cause);
  const known = system === undefined ? undefined : SYSTEM_CODES[system];
  if (known) return new GatewayError(known.code, known.message, { cause });
  if (system !== undefined && /CERT|TLS|SSL|VERIFY/.test(system)) {
    return new GatewayError("upstream_tls", INVALID, { cause });
  }
  if (cause instanceof Error && cause.name === "TimeoutError") {
    return new GatewayError("upstream_timeout", "The upstream server is timing out", { cause });
  }
  return new GatewayError("upstream_reset", INVALID, { cause });
}
