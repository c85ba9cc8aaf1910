import { type ByteReader, TooLong } from "./byte-reader.ts";
import { concatBytes, type HeaderLine } from "./message.ts";

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
