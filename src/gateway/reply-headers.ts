/** Meaningful on one hop only (RFC 9110 §7.6.1), or said anew by whoever writes the body. */
const NOT_FORWARDED = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "content-encoding",
  // A vendor's cookies are the vendor's business with the gateway, not with its clients.
  "set-cookie",
];

/** An upstream's response headers, less those that must not travel on. */
export function replyHeaders(upstream: Headers): Headers {
  const headers = new Headers(upstream);
  const named = headers.get("connection");
  for (const name of NOT_FORWARDED) headers.delete(name);
  if (named !== null) dropNamed(headers, named);
  return headers;
}

function dropNamed(headers: Headers, connection: string): void {
  for (const part of connection.split(",")) {
    const name = part.trim();
    if (TOKEN.test(name)) headers.delete(name);
  }
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
