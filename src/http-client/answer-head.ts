import { HeaderMap } from "../framing/header-map.ts";

const MAX_HEADERS = 256;
const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;

/** Where the blank line behind a head begins, or -1. */
export function headEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at;
  }
  return -1;
}

interface Head {
  readonly status: number;
  readonly isOneOne: boolean;
  readonly headers: HeaderMap;
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Whole lines of a name and a value (RFC 9110 §5.1, §5.5): no control characters, nothing folded. */
const FIELDS = /^(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)*$/;

/** Status, version and headers of an answer, without its blank line. Throws `TransportError` for what is none. */
export function readHeadText(text: string): Head {
  const first = text.indexOf("\r\n");
  const [, minor, status] = STATUS_LINE.exec(first < 0 ? text : text.slice(0, first)) ?? [];
  if (status === undefined) throw badAnswer("it does not begin with a status");
  if (first >= 0 && !FIELDS.test(text.slice(first))) throw badAnswer("a header of it is none");
  return {
    status: Number(status),
    isOneOne: minor === "1",
    headers: HeaderMap.owning(readFields(text, first)),
  };
}

const BEGINNING = "HTTP/1.";

/**
 * Throws `TransportError` for what can be no beginning of a head, so that nobody waits for the rest
 * of it: `bytes` from `start` have no blank line yet.
 */
export function checkBeginning(bytes: Buffer, start: number): void {
  const length = Math.min(bytes.length - start, BEGINNING.length);
  if (bytes.toString("latin1", start, start + length) !== BEGINNING.slice(0, length)) {
    throw badAnswer("it does not begin with a status");
  }
  const lastLine = bytes.lastIndexOf(LF);
  if (lastLine < start) return;
  if (bytes[lastLine - 1] !== CR) throw badAnswer("a line of its head ends without CR");
  const text = bytes.toString("latin1", start, lastLine - 1);
  const first = text.indexOf("\r\n");
  if (!STATUS_LINE.test(first < 0 ? text : text.slice(0, first))) {
    throw badAnswer("it does not begin with a status");
  }
  if (first >= 0 && !FIELDS.test(text.slice(first))) throw badAnswer("a header of it is none");
}

/** Names are brought into lower case all at once: by the dozen that costs most of all this. */
function readFields(text: string, first: number): Record<string, string> {
  const lower = text.toLowerCase();
  const fields: Record<string, string> = Object.create(null);
  let count = 0;
  for (let at = first; at >= 0; count++) {
    const end = text.indexOf("\r\n", at + 2);
    const colon = text.indexOf(":", at + 2);
    const name = lower.slice(at + 2, colon);
    const value = withoutBlanks(text, colon + 1, end < 0 ? text.length : end);
    const before = fields[name];
    // Values of one name are joined as RFC 9110 §5.3 has it.
    fields[name] = before === undefined ? value : `${before}, ${value}`;
    at = end;
  }
  if (count > MAX_HEADERS) throw badAnswer("it has more than 256 headers");
  return fields;
}

/** What stands there without the blanks around it (RFC 9110 §5.5). */
function withoutBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Whether the connection may carry another answer (RFC 9112 §9.3). */
export function staysOpen(connection: string | null, isOneOne: boolean): boolean {
  if (connection === null) return isOneOne;
  const options = connection.toLowerCase();
  return isOneOne ? !/\bclose\b/.test(options) : /\bkeep-alive\b/.test(options);
}

const LENGTH = /^\d{1,15}$/;

/** One number, which may stand there several times. */
export function readLength(text: string): number {
  if (LENGTH.test(text)) return Number(text);
  const [first = "", ...others] = text
    .split(",")
    .map((value) => withoutBlanks(value, 0, value.length));
  const isOne = others.every((other) => other === first);
  if (!isOne || !LENGTH.test(first)) throw badAnswer("its length is no number");
  return Number(first);
}

/** What went wrong between here and the peer, in the system's own codes. */
export class TransportError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "TransportError";
    this.code = code;
  }
}

/** Bytes that are no HTTP/1.1. */
export function badAnswer(detail: string): TransportError {
  return new TransportError("EPROTO", `the peer's answer is no HTTP/1.1: ${detail}`);
}

export function connectionLost(cause?: unknown): TransportError {
  return new TransportError("ECONNRESET", "the peer closed the connection", cause);
}
