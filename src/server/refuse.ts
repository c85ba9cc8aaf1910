import { GatewayError } from "../chat/error.ts";
import type { HeaderMap } from "../framing/header-map.ts";
import { payloadTooLarge } from "../gateway/call/client-body.ts";
import { maxPathLength } from "../routing/router.ts";

const MAX_HEADERS = 100;

/**
 * What the HTTP parser lets through and this server does not: ambiguous requests, which another
 * proxy may read otherwise (RFC 9112 §11), methods that never make sense here, bodies that cannot be
 * passed on, and bodies that say that they are larger than the limit (0 is none).
 */
export function refusal(
  request: Request,
  headers: HeaderMap,
  bodyLimitBytes: number,
): GatewayError | undefined {
  const { method } = request;
  if (method === "CONNECT" || method === "TRACE") {
    return new GatewayError("method_not_allowed", `${method} is not served here`);
  }
  if (request.headers.count > MAX_HEADERS) {
    return new GatewayError("invalid_request", `more than ${MAX_HEADERS} request headers`, {
      status: 431,
    });
  }
  // A host that is none leaves a URL without one.
  if (repeated(headers.get("host")) || request.url.startsWith("/")) return ambiguous("Host");
  const length = headers.get("content-length");
  if (repeated(length)) return ambiguous("Content-Length");
  if (bodyLimitBytes > 0 && Number(length) > bodyLimitBytes) return payloadTooLarge();
  if (headers.get("authorization")?.includes(", ")) {
    const [first = "", second = ""] = headers.get("authorization")?.split(", ") ?? [];
    if (SCHEME.test(first) && SCHEME.test(second)) return ambiguous("Authorization");
  }
  const transfer = headers.get("transfer-encoding");
  if (transfer !== null && transfer.toLowerCase() !== "chunked")
    return ambiguous("Transfer-Encoding");
  // The runtime reads the body of these and gives it to nobody.
  if ((method === "GET" || method === "HEAD") && (transfer !== null || Number(length) > 0)) {
    return new GatewayError(
      "invalid_request",
      `a ${method} with a body is not served here, because the body would be lost: send it with POST`,
    );
  }
  const expect = headers.get("expect");
  if (expect !== null && expect.toLowerCase() !== "100-continue") {
    return new GatewayError("invalid_request", `unknown expectation '${expect}'`, { status: 417 });
  }
  if (request.url.length > maxPathLength) {
    return new GatewayError("invalid_request", "the request's URL is too long", { status: 414 });
  }
  return undefined;
}

/** A second `Authorization` line arrives joined to the first; a comma inside one (Digest) is no second scheme. */
const SCHEME = /^(?:Bearer|Basic|Digest|Negotiate|AWS4-HMAC-SHA256) /i;

function repeated(value: string | null): boolean {
  return value?.includes(",") === true;
}

function ambiguous(header: string): GatewayError {
  return new GatewayError(
    "invalid_request",
    `the request's ${header} is given more than once, or ambiguous`,
  );
}

const MESSAGE = "Please use HTTPS protocol";

/** Plain HTTP on a route that takes TLS alone: the answer's headers say how to go on. */
export class HttpsRequired extends GatewayError {
  readonly headers: readonly (readonly [name: string, value: string])[];

  constructor(status: number, headers: HttpsRequired["headers"]) {
    super("invalid_request", MESSAGE, { status });
    this.headers = headers;
  }
}

/** RFC 9110 §15.5.22 wants the protocol named; these are the reference's words. */
const UPGRADE = [
  ["connection", "Upgrade"],
  ["upgrade", "TLS/1.2, HTTP/1.1"],
] as const;

/** A name or an address, and the port that plain HTTP was spoken on. */
const HOST = /^([\w.~-]+|\[[\da-f:.]+\])(?::\d*)?$/i;

/** What a route's `https_redirect_status_code` has a client told that asked `host` for `uri`. */
export function httpsRequired(status: number, host: string, uri: string): GatewayError {
  if (status === 426) return new HttpsRequired(status, UPGRADE);
  const [, name] = HOST.exec(host) ?? [];
  const location = name && URL.parse(`https://${name}${uri}`);
  if (location) return new HttpsRequired(status, [["location", location.href]]);
  return new GatewayError("invalid_request", "the request's Host is none to redirect to");
}
