import type { ReadHeaders } from "../../framing/header-map.ts";
import { isPlainName } from "../../framing/header-text.ts";

/** Meaningful on one hop only (RFC 9110 §7.6.1), or written anew for the next. */
const ONE_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "content-length",
]);

/** What may have been written here, or by a hop that is trusted: a client cannot take it away. */
const KEPT =
  /^(?:x-(?:consumer|credential|authenticated|forwarded)-|x-anonymous-consumer$|x-real-ip$|forwarded$)/;

/**
 * A client's headers for its route's own service, without names that may pass for others there;
 * `host` where the client's is to be kept.
 */
export function requestHeaders(
  client: ReadHeaders,
  host: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  client.forEach((value, name) => {
    if (!ONE_HOP.has(name) && isPlainName(name)) headers[name] = value;
  });
  const connection = client.get("connection");
  if (connection !== null && connection !== "keep-alive") dropNamed(headers, connection);
  if (host !== undefined) headers["host"] = host;
  return headers;
}

function dropNamed(headers: Record<string, string>, connection: string): void {
  for (const part of connection.split(",")) {
    const name = part.trim().toLowerCase();
    if (!KEPT.test(name)) delete headers[name];
  }
}
