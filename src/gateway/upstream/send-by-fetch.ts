import { type AnswerBody, pumpReads } from "../../http-client/exchange.ts";
import { processMetrics } from "../../telemetry/gateway-metrics.ts";
import { watchedStream } from "../call/client-body.ts";
import type { Outgoing, Sending, Underway } from "../call/upstream.ts";
import { RACE_MS } from "./send-on-socket.ts";
import { hasClosed } from "./upstream-error.ts";

/** Proxies that the environment names for every request, which `fetch` heeds by itself. */
const IS_PROXIED = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"].some(
  (name) => (process.env[name] ?? "") !== "",
);

/** What only the runtime's own client does: forward proxies, and certificates that are not looked at. */
export function needsFetch({ proxies, verifiesTls }: Outgoing): boolean {
  return IS_PROXIED || proxies !== undefined || verifiesTls === false;
}

/** Origins that have answered: their next exchange may ride on a pooled connection. */
const answeredOrigins = new Set<string>();
/** Hosts may come from templates, so there is no end of them. */
const MAX_ORIGINS = 1_000;

/** Sends with the runtime's own client. A lost keep-alive race is tried once more, as on a socket. */
export function sendByFetch(asked: Outgoing): Sending {
  const { request, exchange } = watchedRequest(asked);
  const controller = new AbortController();
  const { signal } = controller;
  const origin = originOf(request.url);
  const mayRace = answeredOrigins.has(origin) && !(request.body instanceof ReadableStream);
  const sentAtMs = performance.now();
  const failed = (cause: unknown): Promise<Response> => {
    if (signal.aborted) throw signal.reason;
    if (!mayRace || !hasClosed(cause) || performance.now() - sentAtMs > RACE_MS) throw cause;
    processMetrics.possibleDuplicates.add(1);
    return fetchOnce(request, signal, false);
  };
  const answer = fetchOnce(request, signal, true).catch(failed);
  return {
    progress: { exchange },
    answer: answer.then((response) => {
      if (answeredOrigins.size < MAX_ORIGINS) answeredOrigins.add(origin);
      return { status: response.status, headers: response.headers, body: bodyOf(response) };
    }),
    abort: (reason) => controller.abort(reason),
  };
}

/**
 * The runtime asks for the first piece of a stream once its connection is open. Of other requests
 * it tells nothing before the headers, so they count as sent.
 */
function watchedRequest(request: Outgoing): { request: Outgoing; exchange: Underway } {
  const { body } = request;
  if (!(body instanceof ReadableStream) || isBodiless(request)) {
    return { request, exchange: { isSent: true } };
  }
  const exchange: Underway = { isSent: false };
  const moved = (awaitsClient: boolean) => {
    exchange.isSent = true;
    exchange.movedAtMs = performance.now();
    exchange.awaitsClient = awaitsClient;
  };
  const watcher = { asked: () => moved(true), look: () => moved(false), ended: () => moved(false) };
  return { request: { ...request, body: watchedStream(body, watcher) }, exchange };
}

function isBodiless({ method, body }: Outgoing): boolean {
  return body === undefined || method === "GET" || method === "HEAD";
}

function bodyOf({ body }: Response): AnswerBody {
  const reader = body?.getReader();
  const read = async () => (await reader?.read())?.value;
  return { read, pump: (write) => pumpReads(read, write) };
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
  if (request.body !== undefined && !isBodiless(request)) init.body = request.body;
  const proxy = request.url.startsWith("https:") ? request.proxies?.https : request.proxies?.http;
  if (proxy !== undefined) init.proxy = proxy;
  if (request.verifiesTls === false) init.tls = { rejectUnauthorized: false };
  return fetch(request.url, init);
}

function originOf(url: string): string {
  const pathAt = url.indexOf("/", url.indexOf("//") + 2);
  return pathAt < 0 ? url : url.slice(0, pathAt);
}
