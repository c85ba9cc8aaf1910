import { GatewayError } from "../chat/error.ts";
import type { HeaderMap, ReadHeaders } from "../framing/header-map.ts";
import type { Call } from "../gateway/call/call.ts";
import type { Client, Hop } from "../gateway/call/client.ts";
import { clientBody } from "../gateway/call/client-body.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import type { Reply } from "../gateway/call/reply.ts";
import type { Clocks, Send } from "../gateway/call/upstream.ts";
import type { Route } from "../routing/entities.ts";
import type { Router } from "../routing/router.ts";
import { type CallRecord, openRecord } from "../telemetry/call-record.ts";
import { httpsRequired, refusal } from "./refuse.ts";

/** One generation of configuration, as a listener serves it. */
export interface Generation extends Router {
  readonly processState: ProcessState;
  readonly clocks: Clocks;
  handle(call: Call): Promise<Reply>;
  /** A call has come in; it keeps this generation until it `leave`s. */
  enter(): void;
  leave(): void;
  /** A call is over; one that found no route is none. */
  log(record: CallRecord, call: Call | undefined): void;
}

export interface Arrival {
  readonly request: Request;
  readonly headers: HeaderMap;
  readonly record: CallRecord;
  readonly gateway: Generation;
  /** Where nothing is to be sent as it would be. */
  readonly send?: Send;
  readonly client: Client;
  readonly hop?: Hop;
}

/** What a listener holds of all its calls. */
export interface Listener {
  readonly allowDebugHeader: boolean;
  /** Largest body of a request; 0, as when absent, is no limit. */
  readonly bodyLimitBytes?: number;
}

/** Finds a request's route and makes it a call. Throws what the client is to be told otherwise. */
export function openCall(
  { request, headers, record, gateway, send, client, hop }: Arrival,
  { allowDebugHeader, bodyLimitBytes = 0 }: Listener,
): Call {
  const refused = refusal(request, headers, bodyLimitBytes);
  if (refused) throw refused;
  const { method, uri } = record.request;
  const queryAt = uri.indexOf("?");
  const path = queryAt < 0 ? uri : uri.slice(0, queryAt);
  const search = queryAt < 0 ? "" : uri.slice(queryAt);
  const asked = addressed(record, headers);
  const { scheme, host } = hop?.isTrusted ? forwarded(asked, headers) : asked;
  const match = gateway.match({ method, host, path, headers, scheme });
  if (!match) throw new GatewayError("not_found", "no Route matched with those values");
  const { route } = match;
  if (match.httpsRequired) throw httpsRequired(route.httpsRedirectStatusCode, host, uri);
  noteRoute(record, route);
  const { processState } = gateway;
  return {
    id: record.requestId,
    request: {
      method,
      scheme,
      host,
      path,
      search,
      headers,
      ...(hop && { hop }),
      debug: allowDebugHeader && headers.has("kong-debug"),
      body: clientBody(request, headers, record, {
        clocks: gateway.clocks,
        maxBytes: bodyLimitBytes,
        budget: processState.bodyBudget,
        deadlines: processState.deadlines,
      }),
    },
    route,
    service: route.service,
    captures: match.captures,
    upstreamPath: match.upstreamPath,
    client,
    record,
    processState,
    send: send ?? processState.send,
    clocks: gateway.clocks,
  };
}

function noteRoute(record: CallRecord, route: Route): void {
  record.route = route;
  if (route.service) record.service = route.service;
}

const ID_BYTES = 16;
/** Random bytes for many ids: asked for one by one they cost more than all else about an id. */
const idBytes = Buffer.alloc(256 * ID_BYTES);
let idBytesUsed = idBytes.length;

function newRequestId(): string {
  if (idBytesUsed === idBytes.length) {
    crypto.getRandomValues(idBytes);
    idBytesUsed = 0;
  }
  idBytesUsed += ID_BYTES;
  return idBytes.toString("hex", idBytesUsed - ID_BYTES, idBytesUsed);
}

export function openCallRecord(request: Request, headers: HeaderMap, clientIp: string): CallRecord {
  const { url } = request;
  const pathAt = url.indexOf("/", url.indexOf("//") + 2);
  const queryAt = url.indexOf("?", pathAt);
  return openRecord({
    requestId: newRequestId(),
    startedAtEpochMs: Date.now(),
    startedAtMs: performance.now(),
    request: {
      method: request.method,
      uri: pathAt < 0 ? "/" : url.slice(pathAt),
      url: queryAt < 0 ? url : url.slice(0, queryAt),
      headers,
      tls: url.startsWith("https:"),
      size: 0,
    },
    clientIp,
  });
}

interface Addressed {
  readonly scheme: "http" | "https";
  readonly host: string;
}

/** What a trusted hop says the client asked for; of several words the last is its own. */
function forwarded({ scheme, host }: Addressed, headers: ReadHeaders): Addressed {
  const proto = lastOf(headers.get("x-forwarded-proto"))?.toLowerCase();
  return {
    scheme: proto === "https" || proto === "http" ? proto : scheme,
    host: lastOf(headers.get("x-forwarded-host")) ?? host,
  };
}

function lastOf(list: string | null): string | undefined {
  const last = list?.slice(list.lastIndexOf(",") + 1).trim();
  return last === "" ? undefined : last;
}

function addressed({ request: { url, tls } }: CallRecord, headers: HeaderMap): Addressed {
  const hostAt = url.indexOf("//") + 2;
  const host = headers.get("host") ?? url.slice(hostAt, url.indexOf("/", hostAt));
  return { scheme: tls ? "https" : "http", host };
}
