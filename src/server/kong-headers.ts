import type { HeaderMap } from "../framing/header-map.ts";
import type { CallRecord } from "../telemetry/call-record.ts";

/** Which headers of the gateway's own are written on answers. */
export interface KongHeaders {
  readonly server: boolean;
  readonly via: boolean;
  readonly requestId: boolean;
  readonly proxyLatency: boolean;
  readonly upstreamLatency: boolean;
  readonly responseLatency: boolean;
  readonly totalLatency: boolean;
  readonly upstreamStatus: boolean;
}

const SWITCHES: Readonly<Record<string, readonly (keyof KongHeaders)[]>> = {
  server_tokens: ["server", "via"],
  latency_tokens: ["proxyLatency", "upstreamLatency", "responseLatency"],
  Server: ["server"],
  Via: ["via"],
  "X-Kong-Request-Id": ["requestId"],
  "X-Kong-Proxy-Latency": ["proxyLatency"],
  "X-Kong-Upstream-Latency": ["upstreamLatency"],
  "X-Kong-Response-Latency": ["responseLatency"],
  "X-Kong-Total-Latency": ["totalLatency"],
  "X-Kong-Upstream-Status": ["upstreamStatus"],
};

/** The headers that these names switch on; names that mean nothing here switch nothing on. */
export function kongHeaders(names: readonly string[]): KongHeaders {
  const on = new Set(names.flatMap((name) => SWITCHES[name] ?? []));
  return {
    server: on.has("server"),
    via: on.has("via"),
    requestId: on.has("requestId"),
    proxyLatency: on.has("proxyLatency"),
    upstreamLatency: on.has("upstreamLatency"),
    responseLatency: on.has("responseLatency"),
    totalLatency: on.has("totalLatency"),
    upstreamStatus: on.has("upstreamStatus"),
  };
}

/** Whether a name switches anything on. */
export function isKongHeader(name: string): boolean {
  return Object.hasOwn(SWITCHES, name);
}

export const DEFAULT_KONG_HEADERS = kongHeaders([
  "server_tokens",
  "latency_tokens",
  "X-Kong-Request-Id",
]);

/** Writes the headers that are wanted; latencies are in whole milliseconds. */
export function writeKongHeaders(
  headers: HeaderMap,
  record: CallRecord,
  wanted: KongHeaders,
): void {
  const nowMs = performance.now();
  const { attempts, startedAtMs } = record;
  const [first] = attempts;
  const last = attempts[attempts.length - 1];
  if (wanted.requestId) headers.set("x-kong-request-id", record.requestId);
  if (wanted.totalLatency) setMs(headers, "x-kong-total-latency", nowMs - startedAtMs);
  if (!first || !last) {
    if (wanted.responseLatency) setMs(headers, "x-kong-response-latency", nowMs - startedAtMs);
    if (wanted.server) headers.set("server", "dragoman");
    return;
  }
  if (wanted.upstreamLatency) {
    const upstreamMs = (last.headersAtMs ?? nowMs) - first.startedAtMs;
    setMs(headers, "x-kong-upstream-latency", upstreamMs);
  }
  if (wanted.proxyLatency) {
    setMs(headers, "x-kong-proxy-latency", first.startedAtMs - startedAtMs);
  }
  if (wanted.upstreamStatus && last.status !== undefined) {
    headers.set("x-kong-upstream-status", String(last.status));
  }
  if (wanted.via) headers.set("via", "1.1 dragoman");
}

function setMs(headers: HeaderMap, name: string, ms: number): void {
  headers.set(name, String(Math.round(ms)));
}
