import { GatewayError } from "../../chat/error.ts";
import { type AnswerBody, Exchange, pumpReads } from "../../http-client/exchange.ts";
import { inflated } from "../../http-client/inflated.ts";
import type { ConnectionPool } from "../../http-client/pool.ts";
import { type HttpRequest, targetUrl } from "../../http-client/request-bytes.ts";
import type { GatewayMetrics } from "../../telemetry/gateway-metrics.ts";
import { watchedStream } from "../call/client-body.ts";
import type { Deadline, Deadlines } from "../call/clocks.ts";
import type { Outgoing, Send, Sending, Underway } from "../call/upstream.ts";
import { hasClosed, upstreamError } from "./provider-fault.ts";

/**
 * Sends one request and waits for the answer's headers. Throws a `GatewayError` with an `upstream_…`
 * code: `client_aborted` when the client left meanwhile.
 */
export function createSend(sender: Sender): Send {
  const { deadlines } = sender;
  const origins: AnsweredOrigins = new Set();
  return (request, client, clocks) => {
    const { body: sent } = request;
    const { answer, abort, progress } =
      sent instanceof ReadableStream || needsFetch(request, sender)
        ? sendByFetch(request, origins, sender)
        : sendOnSocket(request, sent, sender);
    client.whenLeft(() => abort(clientLeft()));
    const sentAtMs = performance.now();
    const deadline: Deadline = {
      // Nobody tells when a connection is open: it is looked at when the clock for connecting is due,
      // and most calls are over by then.
      atMs: sentAtMs + Math.min(clocks.connectMs, clocks.headersMs),
      expire() {
        const { isSent, movedAtMs = sentAtMs, awaitsClient } = progress.exchange;
        const endsAtMs = movedAtMs + clocks.headersMs;
        if (!isSent) abort(timedOut("upstream_connect_timeout"));
        else if (performance.now() >= endsAtMs)
          abort(awaitsClient ? idle() : timedOut("upstream_timeout"));
        else {
          deadline.atMs = endsAtMs;
          deadlines.watch(deadline);
        }
      },
      abort,
    };
    deadlines.watch(deadline);
    return answer.then(
      ({ status, headers, body }) => {
        deadlines.unwatch(deadline);
        if (status >= 200 && status <= 599) return { status, headers, body, abort };
        const problem = noStatus(status);
        abort(problem);
        throw problem;
      },
      (cause: unknown) => {
        deadlines.unwatch(deadline);
        throw upstreamError(cause);
      },
    );
  };
}

/** What requests of a process are sent with. */
interface Sender {
  readonly connections: ConnectionPool;
  readonly deadlines: Deadlines;
  readonly metrics: Pick<GatewayMetrics, "possibleDuplicates">;
  /** The environment names a proxy for every request, which `fetch` heeds by itself. */
  readonly isProxied: boolean;
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-15 knows no such class, and no answer can be made of it. */
function noStatus(status: number): GatewayError {
  const message = `the upstream answered with status ${status}, which does not exist`;
  return new GatewayError("upstream_bad_response", message, { status: 502 });
}

function timedOut(code: "upstream_timeout" | "upstream_connect_timeout"): GatewayError {
  return new GatewayError(code, "The upstream server is timing out");
}

function idle(): GatewayError {
  return new GatewayError("request_timeout", "Request timeout");
}

function clientLeft(): GatewayError {
  return new GatewayError("client_aborted", "the client left");
}

/** What only the runtime's own client does: forward proxies, and certificates that are not looked at. */
function needsFetch({ proxies, verifiesTls }: Outgoing, { isProxied }: Sender): boolean {
  return isProxied || proxies !== undefined || verifiesTls === false;
}

/** Origins that have answered: their next exchange may ride on a pooled connection. */
type AnsweredOrigins = Set<string>;
/** Hosts may come from templates, so there is no end of them. */
const MAX_ORIGINS = 1_000;

/** Sends with the runtime's own client. A lost keep-alive race is tried once more, as on a socket. */
function sendByFetch(asked: Outgoing, origins: AnsweredOrigins, { metrics }: Sender): Sending {
  const { request, exchange } = watchedRequest(asked);
  const controller = new AbortController();
  const { signal } = controller;
  const origin = originOf(request.url);
  const mayRace = origins.has(origin) && !(request.body instanceof ReadableStream);
  const sentAtMs = performance.now();
  const failed = (cause: unknown): Promise<Response> => {
    if (signal.aborted) throw signal.reason;
    if (!mayRace || !hasClosed(cause) || performance.now() - sentAtMs > RACE_MS) throw cause;
    metrics.possibleDuplicates.add(1);
    return fetchOnce(request, signal, false);
  };
  const answer = fetchOnce(request, signal, true).catch(failed);
  return {
    progress: { exchange },
    answer: answer.then((response) => {
      if (origins.size < MAX_ORIGINS) origins.add(origin);
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

/** A peer that had closed an idle connection says so at once; what fails later was under way. */
const RACE_MS = 1_000;

/**
 * Sends on a pooled connection where there is one. The peer may have closed it just as the request
 * went out: that race fails 2–15 % of calls on a busy keep-alive upstream, so it is answered with one
 * fresh connection.
 */
function sendOnSocket(
  { method, headers, ...request }: Outgoing,
  body: Uint8Array | string | undefined,
  { connections, metrics }: Sender,
): Sending {
  const url = targetUrl(request.url);
  const isBodiless = body === undefined || method === "GET" || method === "HEAD";
  /** Until the answer begins: a long answer need not hold a long question. */
  let whole: HttpRequest | undefined = isBodiless
    ? { method, url, headers }
    : { method, url, headers, body };
  const sentAtMs = performance.now();
  const progress = { exchange: new Exchange(whole) };
  let isGivenUp = false;

  function sentAgain(cause: unknown) {
    const isRace = !progress.exchange.hasBegun && performance.now() - sentAtMs <= RACE_MS;
    if (isGivenUp || !isRace || !whole) throw cause;
    metrics.possibleDuplicates.add(1);
    const afresh = new Exchange(whole);
    progress.exchange = afresh;
    connections.sendAfresh(url, afresh);
    return afresh.answer;
  }

  const { exchange } = progress;
  const isReused = connections.sendPooled(url, exchange);
  if (!isReused) connections.sendAfresh(url, exchange);
  const answer = isReused ? exchange.answer.catch(sentAgain) : exchange.answer;
  return {
    progress,
    answer: answer.then((begun) => {
      whole = undefined;
      return inflated(begun);
    }),
    abort(reason) {
      isGivenUp = true;
      progress.exchange.abort(reason);
    },
  };
}
