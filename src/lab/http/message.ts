export type HeaderLine = readonly [name: string, value: string];

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] ? parts[0] : new Uint8Array(Buffer.concat(parts));
}

/** A status line and headers, ended by the blank line (RFC 9112 §4). */
export function encodeHead(status: number, headers: readonly HeaderLine[]): Uint8Array {
  let head = `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}\r\n`;
  for (const [name, value] of headers) head += `${name}: ${value}\r\n`;
  return utf8(`${head}\r\n`);
}

/** One chunk of a chunked body (RFC 9112 §7.1). An empty chunk would end the body, so it is none. */
export function encodeChunk(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  return concatBytes([utf8(`${bytes.length.toString(16)}\r\n`), bytes, CRLF]);
}

const CRLF = utf8("\r\n");
export const LAST_CHUNK = utf8("0\r\n\r\n");

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  102: "Processing",
  103: "Early Hints",
  200: "OK",
  307: "Temporary Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
