import type { ReadHeaders } from "../framing/header-map.ts";

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

/** A client's headers for its route's own service; `host` where the client's is to be kept. */
export function requestHeaders(
  client: ReadHeaders,
  host: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  client.forEach((value, name) => {
    if (!ONE_HOP.has(name)) headers[name] = value;
  });
  if (host !== undefined) headers["host"] = host;
  return headers;
}
