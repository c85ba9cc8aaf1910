import { type ErrorCode, GatewayError } from "../../chat/error.ts";
import type { Service } from "../../routing/entities.ts";
import type { Attempt } from "../../telemetry/call-record.ts";
import { redactUri } from "../../telemetry/redact.ts";
import { streamedThrough } from "../answer/pass-through.ts";
import type { Call } from "../call/call.ts";
import type { ClientRequest } from "../call/client.ts";
import { ONE_PIECE_BYTES } from "../call/read-body.ts";
import type { Reply } from "../call/reply.ts";
import type { Incoming, Outgoing } from "../call/upstream.ts";
import { requestHeaders, writeForwardingHeaders } from "../request/request-headers.ts";
import { attempted } from "../upstream/exchange.ts";

/** A route without a proxy plugin: the call goes to the route's service, both ways unread. */
export async function proxyToService(call: Call, service: Service): Promise<Reply> {
  const request = call.serviceRequest ?? call.request;
  const { protocol, host, port } = service;
  const isDefaultPort = port === (protocol === "https" ? 443 : 80);
  const uri = `${call.upstreamPath}${request.search}`;
  const sentHeaders = requestHeaders(
    request.headers,
    call.route.preserveHost ? call.request.host : undefined,
  );
  writeForwardingHeaders(sentHeaders, call);
  const sent = await bodyToSend(request);
  // What was read is inflated; only what streams through is as it came.
  if (!(sent instanceof ReadableStream)) delete sentHeaders["content-encoding"];
  const outgoing: Outgoing = {
    method: request.method,
    url: `${protocol}://${host}${isDefaultPort ? "" : `:${port}`}${uri}`,
    headers: sentHeaders,
    ...(sent && { body: sent }),
  };
  const incoming = await answered(call, service, outgoing, redactUri(uri));
  return streamedThrough(incoming, call, service.readTimeoutMs, call.record.attempts.at(-1));
}

/**
 * The body as it comes; all of it where somebody has read or written it, or where it comes in one
 * piece, which can be sent again, and is not compressed. Nothing where there is none.
 */
async function bodyToSend({ headers, body }: ClientRequest): Promise<Outgoing["body"]> {
  const length = headers.get("content-length");
  const isSmall = length !== null && Number(length) <= ONE_PIECE_BYTES;
  const isOnePiece = isSmall && !headers.has("content-encoding");
  const stream = isOnePiece ? null : body.stream();
  if (stream) return stream;
  const bytes = await body.bytes(0);
  return bytes.byteLength === 0 ? undefined : bytes;
}

/** The service's answer, asked for again, up to its `retries`, while it has received nothing. */
async function answered(
  call: Call,
  service: Service,
  outgoing: Outgoing,
  uri: string,
): Promise<Incoming> {
  const { protocol, host, port, retries, connectTimeoutMs, headersTimeoutMs } = service;
  const clocks = { ...call.clocks, connectMs: connectTimeoutMs, headersMs: headersTimeoutMs };
  for (let attempts = 1; ; attempts += 1) {
    const attempt: Attempt = {
      provider: "",
      targetName: "",
      model: "",
      routeType: "",
      scheme: protocol,
      host,
      port,
      uri,
      startedAtMs: performance.now(),
    };
    call.record.attempts.push(attempt);
    try {
      return await attempted(call, attempt, outgoing, clocks);
    } catch (error) {
      if (attempts > retries || !wasNeverSent(error, outgoing) || call.client.hasLeft())
        throw error;
    }
  }
}

/** A name that is not known, or a certificate that is not trusted, is no other at the next attempt. */
const NOT_CONNECTED: ReadonlySet<ErrorCode> = new Set([
  "upstream_connect_failed",
  "upstream_connect_timeout",
]);

/** Whether no connection came about, and the body, where it is a stream, is still all there. */
function wasNeverSent(error: unknown, { body }: Outgoing): boolean {
  if (!(error instanceof GatewayError) || !NOT_CONNECTED.has(error.code)) return false;
  return !(body instanceof ReadableStream && body.locked);
}
