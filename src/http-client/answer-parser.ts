import type { HeaderMap } from "../framing/header-map.ts";
import {
  badAnswer,
  checkBeginning,
  connectionLost,
  headEnd,
  readHeadText,
  readLength,
  staysOpen,
} from "./answer-head.ts";

/** What is told of an answer as it arrives. */
export interface AnswerSink {
  head(status: number, headers: HeaderMap): void;
  /** A piece of the body, which is the sink's to keep. */
  body(bytes: Uint8Array): void;
  /** The answer is whole; the connection may carry another where it is reusable. */
  end(isReusable: boolean): void;
}

export interface AnswerParser {
  /** An answer to a request of this method is due. */
  expect(method: string): void;
  /** Takes what arrived, and may write over it. Throws `TransportError` for what is no answer. */
  push(bytes: Buffer): void;
  /** The peer sends no more: throws where it stopped within an answer. */
  finish(): void;
}

type State = "idle" | "head" | "sized" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "rest";

const MAX_HEAD_BYTES = 64 * 1024;
/** More than a status line's beginning. */
const CHECKED_BYTES = 16;
const MAX_LINE_BYTES = 8 * 1024;
const HEAD_END_BYTES = 4;
const MAX_SIZE_DIGITS = 8;
const MAX_COPIED_BYTES = 1_000;
const CR = 13;
const LF = 10;

/** Reads one HTTP/1.1 answer after another (RFC 9112), cut anywhere. */
export function answerParser(sink: AnswerSink): AnswerParser {
  let state: State = "idle";
  let method = "";
  let isReusable = false;
  /** Of a head that has not come whole. */
  let pending: Buffer | undefined;
  /** Of a chunk's size, or of a trailer, likewise. */
  let line = "";
  let trailerBytes = 0;
  let interimBytes = 0;
  /** Bytes that are due in this body or chunk. */
  let left = 0;
  /** Where pieces of a chunked body are put together, in the bytes they came in. */
  let from = 0;
  let to = 0;

  function push(bytes: Buffer): void {
    from = 0;
    to = 0;
    let at = 0;
    while (at < bytes.length) at = step(bytes, at);
    flush(bytes);
  }

  function step(bytes: Buffer, at: number): number {
    switch (state) {
      case "idle":
        throw badAnswer("bytes that nobody asked for");
      case "head":
        return readHead(bytes, at);
      case "sized":
        return readSized(bytes, at);
      case "chunk-size":
        return readChunkSize(bytes, at);
      case "chunk":
        return readChunk(bytes, at);
      case "chunk-end":
        return readChunkEnd(bytes, at);
      case "trailer":
        return readLine(bytes, at, trailerGoesOn);
      case "rest":
        sink.body(part(bytes, at, bytes.length));
        return bytes.length;
    }
  }

  function readHead(bytes: Buffer, at: number): number {
    const seen = pending ? Buffer.concat([pending, bytes.subarray(at)]) : bytes;
    const start = pending ? 0 : at;
    /** From a place in `seen` to the same in `bytes`. */
    const shift = pending ? at - pending.length : 0;
    const end = headEnd(seen, start);
    if (end < 0 ? seen.length - start > MAX_HEAD_BYTES : end - start > MAX_HEAD_BYTES) {
      throw badAnswer("its head is longer than 64 KiB");
    }
    if (end < 0) {
      // Whole lines are looked at when there is a new one, for bytes may come one by one.
      if (seen.length - start < CHECKED_BYTES || bytes.includes(LF, at))
        checkBeginning(seen, start);
      pending = Buffer.from(seen.subarray(start));
      return bytes.length;
    }
    pending = undefined;
    headIsThere(seen.toString("latin1", start, end));
    return end + HEAD_END_BYTES + shift;
  }

  function headIsThere(text: string): void {
    const { status, isOneOne, headers } = readHeadText(text);
    // Interim answers say nothing of the one that follows (RFC 9110 §15.2).
    if (status >= 100 && status < 200) {
      if (status === 101) throw badAnswer("it changes to another protocol");
      interimBytes += text.length;
      if (interimBytes <= MAX_HEAD_BYTES) return;
      throw badAnswer("64 KiB of interim answers come before it");
    }
    isReusable = staysOpen(headers.get("connection"), isOneOne);
    sink.head(status, headers);
    if (method === "HEAD" || status === 204 || status === 304) ended();
    else bodyFollows(headers);
  }

  /** https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
  function bodyFollows(headers: HeaderMap): void {
    const coding = headers.get("transfer-encoding");
    const length = headers.get("content-length");
    if (coding !== null) {
      if (coding.toLowerCase() !== "chunked") throw badAnswer("its transfer coding is not chunked");
      // One of the two says something else than the other.
      if (length !== null) isReusable = false;
      state = "chunk-size";
      trailerBytes = 0;
      return;
    }
    if (length === null) {
      isReusable = false;
      state = "rest";
      return;
    }
    left = readLength(length);
    if (left === 0) ended();
    else state = "sized";
  }

  function readSized(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + left);
    left -= end - at;
    sink.body(part(bytes, at, end));
    if (left === 0) ended();
    return end;
  }

  function readChunk(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + left);
    left -= end - at;
    if (to === 0) {
      from = at;
      to = end;
    } else {
      bytes.copyWithin(to, at, end);
      to += end - at;
    }
    if (left === 0) state = "chunk-end";
    return end;
  }

  /** Most sizes come whole and bare: those are read from the bytes. */
  function readChunkSize(bytes: Buffer, at: number): number {
    let size = 0;
    let end = at;
    for (; end < at + MAX_SIZE_DIGITS; end++) {
      const digit = hexDigit(bytes[end]);
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    const isBare = line === "" && size > 0 && bytes[end] === CR && bytes[end + 1] === LF;
    if (!isBare) {
      if (line === "" && hexDigit(bytes[at]) < 0) throw noSize();
      return readLine(bytes, at, chunkBegins);
    }
    left = size;
    state = "chunk";
    return end + 2;
  }

  function readChunkEnd(bytes: Buffer, at: number): number {
    const byte = bytes[at];
    if (byte === CR && line === "" && bytes[at + 1] === LF) {
      state = "chunk-size";
      return at + 2;
    }
    if (byte === LF && line === "\r") {
      line = "";
      state = "chunk-size";
    } else if (byte === CR && line === "") {
      line = "\r";
    } else throw badAnswer("a chunk is not as long as it says");
    return at + 1;
  }

  function readLine(bytes: Buffer, at: number, whole: (line: string, bytes: Buffer) => void) {
    const end = bytes.indexOf(LF, at);
    line += bytes.toString("latin1", at, end < 0 ? bytes.length : end);
    if (line.length > MAX_LINE_BYTES) throw badAnswer("a line between chunks is longer than 8 KiB");
    if (end < 0) return bytes.length;
    if (!line.endsWith("\r")) throw badAnswer("a line between chunks ends without CR");
    const read = line.slice(0, -1);
    line = "";
    whole(read, bytes);
    return end + 1;
  }

  function chunkBegins(text: string): void {
    const extension = text.indexOf(";");
    const size = (extension < 0 ? text : text.slice(0, extension)).trimEnd();
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw noSize();
    left = Number.parseInt(size, 16);
    state = left === 0 ? "trailer" : "chunk";
  }

  /** What a trailer says came too late to be of use. */
  function trailerGoesOn(text: string, bytes: Buffer): void {
    trailerBytes += text.length;
    if (trailerBytes > MAX_HEAD_BYTES) throw badAnswer("its trailer is longer than 64 KiB");
    if (text !== "") return;
    flush(bytes);
    ended();
  }

  /** All chunks that came together leave together. */
  function flush(bytes: Buffer): void {
    if (to === 0) return;
    sink.body(part(bytes, from, to));
    to = 0;
  }

  function ended(): void {
    state = "idle";
    sink.end(isReusable);
  }

  return {
    expect(asked) {
      method = asked;
      state = "head";
      interimBytes = 0;
    },
    push,
    finish() {
      const last = state;
      state = "idle";
      if (last === "idle") return;
      if (last !== "rest") throw connectionLost();
      sink.end(false);
    },
  };
}

function noSize() {
  return badAnswer("a chunk does not say how long it is");
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** Part of what arrived. A view of a few bytes costs more than a copy of them. */
function part(bytes: Buffer, from: number, to: number): Uint8Array {
  if (from === 0 && to === bytes.length) return bytes;
  if (to - from > MAX_COPIED_BYTES) return bytes.subarray(from, to);
  const copy = Buffer.allocUnsafeSlow(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}
