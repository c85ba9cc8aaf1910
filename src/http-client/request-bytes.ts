import { isHeaderName, isHeaderValue } from "../framing/header-text.ts";
import type { TargetUrl } from "./target-url.ts";

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
export function isShared(bytes: Buffer): boolean {
  return bytes.buffer === shared.buffer;
}

/** Head and body in one, which may be shared. */
export function requestBytes({ head, body, byteLength }: ReadyRequest): Buffer {
  const bytes = byteLength <= shared.length ? shared : Buffer.allocUnsafe(byteLength);
  bytes.write(head, 0, "latin1");
  if (typeof body === "string") bytes.write(body, head.length, "utf8");
  else if (body !== undefined) bytes.set(body, head.length);
  return bytes.subarray(0, byteLength);
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-8.6 */
function takesBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}
