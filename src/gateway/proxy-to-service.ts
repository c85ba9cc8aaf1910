import type { Service } from "../routing/entities.ts";
import type { Attempt } from "../telemetry/call-record.ts";
import { redactUri } from "../telemetry/redact.ts";
import type { Call, ClientBody } from "./call.ts";
import { tried } from "./exchange.ts";
import { writeForwardingHeaders } from "./forwarding-headers.ts";
import { streamedThrough } from "./pass-through.ts";
import type { Reply } from "./reply.ts";
import { requestHeaders } from "./request-headers.ts";

/** What somebody has read, or written; nothing where there is no body. */
async function readBody(body: ClientBody): Promise<Uint8Array | undefined> {
  const bytes = await body.bytes(0);
  return bytes.byteLength === 0 ? undefined : bytes;
}

/** A route without a proxy plugin: the call goes to the route's service, both ways unread. */
export async function proxyToService(call: Call, service: Service): Promise<Reply> {
  const { method, headers, search, body } = call.serviceRequest ?? call.request;
  const { protocol, host, port } = service;
  const isDefaultPort = port === (protocol === "https" ? 443 : 80);
  const uri = `${call.upstreamPath}${search}`;
  const attempt: Attempt = {
    provider: "",
    model: "",
    routeType: "",
    scheme: protocol,
    host,
    port,
    uri: redactUri(uri),
    startedAtMs: performance.now(),
  };
  call.record.attempts.push(attempt);
  const sentHeaders = requestHeaders(
    headers,
    call.route.preserveHost ? call.request.host : undefined,
  );
  writeForwardingHeaders(sentHeaders, call);
  const sent = body.stream() ?? (await readBody(body));
  const incoming = await tried(
    call,
    attempt,
    {
      method,
      url: `${protocol}://${host}${isDefaultPort ? "" : `:${port}`}${uri}`,
      headers: sentHeaders,
      ...(sent && { body: sent }),
    },
    { ...call.clocks, connectMs: service.connectTimeoutMs, headersMs: service.headersTimeoutMs },
  );
  return streamedThrough(incoming, service.readTimeoutMs, attempt);
}
