import { GatewayError } from "../chat/error.ts";
import { HeaderMap } from "../framing/header-map.ts";
import type { Call } from "../gateway/call/call.ts";
import { asGatewayError, plainErrorReply } from "../gateway/call/error-reply.ts";
import type { OperatorLog } from "../gateway/call/operator-log.ts";
import type { Reply } from "../gateway/call/reply.ts";
import type { CallRecord } from "../telemetry/call-record.ts";
import { countCall } from "../telemetry/gateway-metrics.ts";
import { redactText } from "../telemetry/redact.ts";
import { type FindOrigin, trustNobody } from "./client-origin.ts";
import { ClientPresence } from "./client-presence.ts";
import type { Finish } from "./finish.ts";
import { DEFAULT_KONG_HEADERS, type KongHeaders } from "./kong-headers.ts";
import { type Generation, openCall, openCallRecord } from "./open-call.ts";
import { HttpsRequired } from "./refuse.ts";
import { respond } from "./respond.ts";

export interface ServerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly allowDebugHeader: boolean;
  /** With them the listener speaks TLS; the first serves names that none is for. */
  readonly certificates?: readonly ServerCertificate[];
  /** HTTP/2 too, beside HTTP/1.1; without TLS with prior knowledge (RFC 9113 §3.3). */
  readonly http2?: boolean;
  /** Whether other processes of this user may listen on the same port, and the system spreads connections. */
  readonly reusePort?: boolean;
  /** Largest body of a request; 0, as when absent, is no limit. */
  readonly bodyLimitBytes?: number;
  /** Whose word on where a request comes from is taken; nobody's unless said. */
  readonly findOrigin?: FindOrigin;
  readonly kongHeaders?: KongHeaders;
  /** Told of every finished call. */
  onCall?(record: CallRecord): void;
  /** The generation that serves a call is the one in force when the call comes in. */
  gateway(): Generation;
}

/** PEM texts, and the name that a client must ask for. */
export interface ServerCertificate {
  /** Several, each of its key's kind, where there are several keys. */
  readonly cert: string | string[];
  readonly key: string | string[];
  readonly serverName?: string;
}

/** Seconds an idle connection is kept; a request under way has its own clocks. */
const KEEP_ALIVE_S = 75;

/** What calls ask of the server that they came to. */
type Serving = Pick<Bun.Server<undefined>, "timeout" | "requestIP">;

/** Answers requests, whatever listener they come to. */
export function serveCalls(options: Omit<ServerOptions, "hostname" | "port">) {
  let inFlight = 0;
  let isDraining = false;
  const { findOrigin = trustNobody, kongHeaders = DEFAULT_KONG_HEADERS } = options;

  async function serve(request: Request, server: Serving): Promise<Response> {
    server.timeout(request, 0);
    const gateway = options.gateway();
    const headers = HeaderMap.received(request.headers);
    const origin = findOrigin(server.requestIP(request)?.address ?? "", headers);
    const { hop } = origin;
    const record = openCallRecord(request, headers, origin.clientIp);
    const { processState } = gateway;
    const { metrics, deadlines } = processState;
    const isConnected = () => server.requestIP(request) !== null;
    const client = new ClientPresence(request, isConnected, deadlines);
    inFlight += 1;
    gateway.enter();
    metrics.inFlight.add(1);
    let call: Call | undefined;
    const finish: Finish = {
      processState,
      closesConnection: () => isDraining,
      kongHeaders,
      clientStallMs: gateway.clocks.clientStallMs,
      cut: () => server.timeout(request, 1),
      client,
      clientLeft: () => client.left(),
      done(ended) {
        client.forget();
        processState.bodyBudget.release(ended);
        inFlight -= 1;
        metrics.inFlight.add(-1);
        countCall(metrics, ended);
        reportInternal(ended, processState.operatorLog);
        gateway.log(ended, call);
        // What a client has left may still be on its way out.
        if (!ended.clientAborted) call?.request.body.free();
        gateway.leave();
        options.onCall?.(ended);
      },
    };
    let reply: Reply;
    try {
      call = openCall({ request, headers, record, client, gateway, hop }, options);
      reply = await gateway.handle(call);
    } catch (thrown) {
      reply = failed(thrown, record);
      if (thrown instanceof HttpsRequired) {
        for (const [name, value] of thrown.headers) reply.headers.set(name, value);
      } else if (!call && reply.status !== 404) reply.headers.set("connection", "close");
    }
    return respond(reply, call, record, request, finish);
  }

  return {
    serve,
    get inFlight(): number {
      return inFlight;
    },
    /** From now on answers tell their connections to close. */
    startDraining(): void {
      isDraining = true;
    },
  };
}

/**
 * The proxy listener. `drain` stops taking calls, lets those under way finish until the deadline,
 * and then ends them with an error in their own dialect.
 */
export function startGatewayServer(options: ServerOptions) {
  const { certificates } = options;
  const calls = serveCalls(options);
  const server = Bun.serve({
    hostname: options.hostname,
    port: options.port,
    idleTimeout: KEEP_ALIVE_S,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    // Outside of development Bun lets several processes share a port unless told otherwise.
    reusePort: options.reusePort ?? false,
    // In development Bun prints every answer that breaks, with the upstream URL and its secrets.
    development: false,
    http2: options.http2 ?? false,
    ...(certificates && { tls: certificates.map((certificate) => ({ ...certificate })) }),
    fetch: calls.serve,
    error: () => new Response(null, { status: 500 }),
  });

  return {
    get port(): number {
      return server.port ?? options.port;
    },
    hostname: options.hostname,
    tls: certificates !== undefined,
    get inFlight(): number {
      return calls.inFlight;
    },
    startDraining: calls.startDraining,
    /** Stops listening, waits for calls under way, and ends what is left at the deadline. */
    async stop(deadlineMs: number): Promise<void> {
      calls.startDraining();
      const stopped = server.stop(false);
      const timer = setTimeout(() => {
        options
          .gateway()
          .processState.deadlines.abortAll(
            new GatewayError("draining", "the gateway is shutting down", { retryAfterMs: 1_000 }),
          );
        setTimeout(() => server.stop(true), 500).unref();
      }, deadlineMs);
      await stopped;
      clearTimeout(timer);
    },
  };
}

function failed(thrown: unknown, record: CallRecord): Reply {
  const error = asGatewayError(thrown);
  record.error = error;
  return plainErrorReply(error, record.requestId);
}

/** Whoever made a reply of it, a mistake of our own is told where the call ends. */
function reportInternal(
  { requestId, error, streamError }: CallRecord,
  operatorLog: OperatorLog,
): void {
  const internal = [error, streamError].find((one) => one?.code === "internal");
  if (!internal) return;
  const { cause = internal } = internal;
  const told = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  operatorLog.say("error", `request ${requestId} failed: ${redactText(told)}`);
}
