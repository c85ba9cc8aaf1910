import { isHeaderName, isHeaderValue } from "../framing/header-map.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: TargetUrl;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Of a body's length and way only this client speaks. */
const OWN: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "connection"]);

/** A request that can be written. */
export interface ReadyRequest {
  /** In Latin-1 characters. */
  readonly head: string;
  readonly body: HttpRequest["body"];
  /** Of both. */
  readonly byteLength: number;
}

/**
 * Writes a request's head (RFC 9112). Throws `TypeError` for a method or header that could be read as
 * more than it is.
 */
export function readyRequest({ method, url, headers, body }: HttpRequest): ReadyRequest {
  // Both are tokens (RFC 9110 §9.1).
  if (!isHeaderName(method)) throw new TypeError("a method that is none");
  let head = `${method} ${url.path} HTTP/1.1\r\n`;
  if (headers["host"] === undefined) head += `host: ${url.host}\r\n`;
  // Some servers refuse who does not say what it is.
  if (headers["user-agent"] === undefined) head += "user-agent: dragoman\r\n";
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || OWN.has(name)) continue;
    if (!isHeaderName(name) || !isHeaderValue(value)) throw new TypeError("a header that is none");
    head += `${name}: ${value}\r\n`;
  }
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  if (body !== undefined || takesBody(method)) head += `content-length: ${length}\r\n`;
  head += "\r\n";
  return { head, body, byteLength: head.length + length };
}

/** The system takes nearly every request at once, and to allocate for each takes longer than to write it. */
const shared = Buffer.alloc(64 * 1024);

/** Whether bytes of a request are good only until the next one is written. */
export function isShared(bytes: Uint8Array): boolean {
  return bytes.buffer === shared.buffer;
}

/** What is to be written, one piece after another; the first may be shared. */
export type RequestPieces = readonly [first: Buffer, rest?: Uint8Array];

/** Head and body in one piece; a large body that is bytes already is the second, since a copy takes as much memory again. */
export function requestPieces({ head, body, byteLength }: ReadyRequest): RequestPieces {
  const isApart = body instanceof Uint8Array && byteLength > shared.length;
  const length = isApart ? head.length : byteLength;
  const bytes = length <= shared.length ? shared : Buffer.allocUnsafe(length);
  bytes.write(head, 0, "latin1");
  const first = bytes.subarray(0, length);
  if (isApart) return [first, body];
  if (typeof body === "string") bytes.write(body, head.length, "utf8");
  else if (body !== undefined) bytes.set(body, head.length);
  return [first];
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-8.6 */
function takesBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

/** A URL in the parts that a connection and a request need. */
export interface TargetUrl {
  /** Names the connections that may carry it. */
  readonly origin: string;
  readonly isTls: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** As the `Host` header has it. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
}

/** Most targets have one URL, or a handful. */
const MAX_KNOWN = 1_000;
const known = new Map<string, TargetUrl>();

/** Throws `TypeError` for what is no `http:` or `https:` URL, or holds credentials. */
export function targetUrl(text: string): TargetUrl {
  const before = known.get(text);
  if (before) return before;
  const { protocol, hostname, port, host, pathname, search, username, password, origin } = new URL(
    text,
  );
  const isTls = protocol === "https:";
  if (!isTls && protocol !== "http:") throw new TypeError(`no http: or https: URL: ${protocol}`);
  if (username !== "" || password !== "") throw new TypeError("credentials in a URL");
  const url = {
    origin,
    isTls,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (isTls ? 443 : 80) : Number(port),
    host,
    path: pathname + search,
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, url);
  return url;
}
