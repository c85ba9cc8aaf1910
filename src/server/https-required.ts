import { GatewayError } from "../chat/error.ts";

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
