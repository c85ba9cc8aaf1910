export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Headers as sent: order, case and repetitions kept. */
  readonly headerLines: readonly HeaderLine[];
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
}

export function bearerOf({ headers }: Pick<HttpRequest, "headers">): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** The request cannot be read: answered with `status`, then the connection is closed. */
export class BadRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const MAX_HEAD_BYTES = 65_536;
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** The next request of a connection (RFC 9112), or undefined when the client closed it between requests. */
export async function readRequest(
  reader: ByteReader,
  onExpectContinue: () => void,
): Promise<HttpRequest | undefined> {
  try {
    const head = await reader.until("\r\n\r\n", MAX_HEAD_BYTES);
    if (!head) return undefined;
    const parsed = parseHead(Buffer.from(head).toString("latin1"));
    if (parsed.headers.get("expect")?.toLowerCase() === "100-continue") onExpectContinue();
    const body = await readBody(reader, parsed.headers);
    return body && { ...parsed, body };
  } catch (error) {
    if (error instanceof TooLong) throw new BadRequest(431, error.message);
    throw error;
  }
}

function parseHead(text: string): Omit<HttpRequest, "body"> {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const match = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(requestLine);
  if (!match) throw new BadRequest(400, `not a request line: ${requestLine.slice(0, 200)}`);
  const [, method = "", target = "", minor] = match;
  const headerLines = lines.map(parseHeaderLine);
  const headers = new Headers();
  for (const [name, value] of headerLines) headers.append(name, value);
  const url = new URL(target, "http://lab.invalid");
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  return {
    method,
    target,
    path: url.pathname,
    query: url.searchParams,
    headerLines,
    headers,
    keepAlive: minor === "1" ? !connection.includes("close") : connection.includes("keep-alive"),
  };
}

function parseHeaderLine(line: string): HeaderLine {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line);
  if (!match) throw new BadRequest(400, `not a header line: ${line.slice(0, 200)}`);
  return [match[1] ?? "", match[2] ?? ""];
}

async function readBody(reader: ByteReader, headers: Headers): Promise<Uint8Array | undefined> {
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    if (coding.toLowerCase() !== "chunked" || headers.has("content-length")) {
      throw new BadRequest(400, `transfer-encoding ${coding} is not read here`);
    }
    return readChunks(reader);
  }
  const declared = headers.get("content-length");
  if (declared === null) return new Uint8Array();
  if (!/^\d+$/.test(declared)) throw new BadRequest(400, `content-length ${declared}`);
  if (Number(declared) > MAX_BODY_BYTES) throw new BadRequest(413, `body of ${declared} bytes`);
  return reader.exactly(Number(declared));
}

async function readChunks(reader: ByteReader): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const line = await reader.until("\r\n", 1024);
    if (!line) return undefined;
    const size = /^([0-9a-fA-F]{1,8})(?:\s*;.*)?$/.exec(Buffer.from(line).toString("latin1"))?.[1];
    if (size === undefined) throw new BadRequest(400, "not a chunk size");
    const count = Number.parseInt(size, 16);
    if (count === 0) break;
    total += count;
    if (total > MAX_BODY_BYTES) throw new BadRequest(413, `body over ${MAX_BODY_BYTES} bytes`);
    const part = await reader.exactly(count);
    const end = await reader.exactly(2);
    if (!part || !end) return undefined;
    if (Buffer.from(end).toString("latin1") !== "\r\n") throw new BadRequest(400, "chunk overflow");
    parts.push(part);
  }
  for (;;) {
    const trailer = await reader.until("\r\n", MAX_HEAD_BYTES);
    if (!trailer) return undefined;
    if (trailer.length === 0) return parts.length === 0 ? new Uint8Array() : concatBytes(parts);
  }
}

/** Bytes as they arrive, taken in the amounts a parser asks for. Every wait ends when the source ends. */
export interface ByteReader {
  push(bytes: Uint8Array): void;
  end(): void;
  /** Everything before `mark` (the mark is taken too), or undefined when the source ended first. */
  until(mark: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Exactly `count` bytes, or undefined when the source ended first. */
  exactly(count: number): Promise<Uint8Array | undefined>;
}

export class TooLong extends Error {}

export function byteReader(): ByteReader {
  let queue: Buffer[] = [];
  let length = 0;
  let ended = false;
  let wake: (() => void) | undefined;

  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  function joined(): Buffer {
    const all = queue.length === 1 && queue[0] ? queue[0] : Buffer.concat(queue);
    queue = [all];
    return all;
  }

  function take(count: number): Buffer {
    const all = joined();
    queue = count < all.length ? [all.subarray(count)] : [];
    length -= count;
    return all.subarray(0, count);
  }

  function notify() {
    wake?.();
    wake = undefined;
  }

  return {
    push(bytes) {
      queue.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      length += bytes.length;
      notify();
    },
    end() {
      ended = true;
      notify();
    },
    async until(mark, maxBytes) {
      for (;;) {
        const at = length === 0 ? -1 : joined().indexOf(mark);
        if (at >= 0) {
          const found = take(at);
          take(mark.length);
          return found;
        }
        if (length > maxBytes) throw new TooLong(`no ${JSON.stringify(mark)} in ${maxBytes} bytes`);
        if (ended) return undefined;
        await more();
      }
    },
    async exactly(count) {
      while (length < count) {
        if (ended) return undefined;
        await more();
      }
      return count === 0 ? new Uint8Array() : take(count);
    },
  };
}

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
