import { GatewayError } from "../../chat/error.ts";
import type { Flow } from "../../framing/flow.ts";
import type { ReadHeaders } from "../../framing/header-map.ts";
import { bytesOf, type Piece } from "../../framing/stage.ts";
import { compressionFormat } from "../../http-client/inflated.ts";
import type { BodyBudget, Holder } from "./body-budget.ts";
import type { Deadline, Deadlines } from "./clocks.ts";

const EMPTY = new Uint8Array(0);

/** A body this small comes in one piece, or is slow. */
export const ONE_PIECE_BYTES = 64 * 1024;

/** How long a client may take to send its body, in milliseconds. */
export interface BodyClocks {
  /** Between two pieces of it. */
  readonly bodyIdleMs: number;
  /** Before a body in pieces must keep the pace, see {@link pace}. */
  readonly bodySlowMs: number;
  readonly bodyTotalMs: number;
}

/** What holds for every body of a listener. */
export interface BodyLimits {
  readonly clocks: BodyClocks;
  /** Holds whatever limit a reader names; 0 is none. */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
  readonly deadlines: Deadlines;
}

/**
 * A request's whole body, inflated. Rejects with `body_too_large` past `maxBytes` (0 means none),
 * `unavailable` where the budget has no room, `request_timeout`, `client_aborted`, and for a coding
 * that is not known or not kept to `unsupported_media_type` and `invalid_request`.
 */
export function readBody(
  request: Request,
  headers: ReadHeaders,
  holder: Holder,
  { clocks, maxBytes, budget, deadlines }: BodyLimits,
): Promise<Uint8Array> {
  const declared = headers.get("content-length");
  // Asking for `body` makes a stream of it, which a body in one piece does without.
  if (declared === null && !request.body) return Promise.resolve(EMPTY);
  const length = declared === null ? 0 : Number(declared);
  let coding: Bun.CompressionFormat | undefined;
  try {
    coding = contentCoding(headers);
    if (maxBytes > 0 && length > maxBytes) throw tooLarge(length, maxBytes);
    budget.take(holder, length);
  } catch (refused) {
    return Promise.reject(refused);
  }
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + clocks.bodyTotalMs;
  const bytesPerMs = pace(length, clocks);
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const deadline: Deadline = {
    atMs: startedAtMs + clocks.bodyIdleMs,
    expire: () => reject(tooSlow()),
  };
  deadlines.watch(deadline);
  const isOnePiece = declared !== null && length <= ONE_PIECE_BYTES && coding === undefined;
  const reading =
    isOnePiece || !request.body
      ? request.bytes()
      : inPieces(inflatedStream(request.body, coding), {
          byteLength: coding === undefined ? length : 0,
          maxBytes,
          arrived(wholeBytes) {
            if (wholeBytes > holder.heldBytes) budget.take(holder, wholeBytes - holder.heldBytes);
            deadline.atMs = Math.min(
              performance.now() + clocks.bodyIdleMs,
              startedAtMs + clocks.bodySlowMs + wholeBytes / bytesPerMs,
              endsAtMs,
            );
          },
        });
  reading.then(
    (bytes) => {
      deadlines.unwatch(deadline);
      resolve(bytes);
    },
    (cause: unknown) => {
      deadlines.unwatch(deadline);
      reject(cause instanceof GatewayError ? cause : broken(cause, request, coding));
    },
  );
  return promise;
}

const SLOWEST_BYTES_PER_MS = 1.024;

/**
 * Bytes for each millisecond, on average, below which a body is given up: half of what would be all of it
 * in time. Room is held for all of a body from its beginning, and must not be had for a few bytes.
 */
function pace(length: number, { bodyTotalMs }: BodyClocks): number {
  return Math.max(SLOWEST_BYTES_PER_MS, length / bodyTotalMs / 2);
}

interface Pieces {
  /** What the client said; 0 where it did not. */
  readonly byteLength: number;
  readonly maxBytes: number;
  /** Told of every piece before it is kept: how many bytes there are with it. */
  arrived(wholeBytes: number): void;
}

/**
 * Where the length is known its bytes go to their place at once: one copy of a large body is enough, and
 * none of one that has arrived before anybody reads.
 */
async function inPieces(
  stream: AsyncIterable<Uint8Array>,
  { byteLength, maxBytes, arrived }: Pieces,
): Promise<Uint8Array> {
  if (byteLength === 0) {
    const body = gathered(maxBytes, arrived);
    for await (const piece of stream) body.add(piece);
    return body.whole();
  }
  let whole: Uint8Array | undefined;
  let size = 0;
  for await (const piece of stream) {
    if (size + piece.byteLength > byteLength) throw new RangeError("more bytes than it said");
    arrived(size + piece.byteLength);
    if (piece.byteLength === byteLength) whole = piece;
    else {
      whole ??= Buffer.allocUnsafeSlow(byteLength);
      whole.set(piece, size);
    }
    size += piece.byteLength;
  }
  if (!whole || size < byteLength) throw new RangeError("fewer bytes than it said");
  return whole;
}

export function withinLimit(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (limitBytes > 0 && bytes.byteLength > limitBytes) throw tooLarge(bytes.byteLength, limitBytes);
  return bytes;
}

function tooSlow(): GatewayError {
  return new GatewayError("request_timeout", "Request timeout");
}

/** Of a body that does not inflate the client is told, unless it is gone. */
function broken(
  cause: unknown,
  { signal }: Request,
  coding: Bun.CompressionFormat | undefined,
): GatewayError {
  if (coding !== undefined && !signal.aborted) {
    const message = "the request body is not what its content-encoding says, or ends too soon";
    return new GatewayError("invalid_request", message, { cause });
  }
  const message = "the client's request ended before its body did";
  return new GatewayError("client_aborted", message, { cause });
}

/** Reads a flow whole; past `limitBytes` (0 means none) it is cancelled and `body_too_large` thrown. */
export async function readFlow(flow: Flow<Piece>, limitBytes: number): Promise<Uint8Array> {
  const body = gathered(limitBytes);
  await flow.pump((piece) => body.add(bytesOf(piece)));
  return body.whole();
}

/** Pieces that become a whole. `arrived` is told of every piece: how many bytes there are with it. */
export function gathered(limitBytes: number, arrived?: (wholeBytes: number) => void) {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    /** Throws `body_too_large` past the limit. */
    add(piece: Uint8Array): undefined {
      size += piece.byteLength;
      if (limitBytes > 0 && size > limitBytes) throw tooLarge(size, limitBytes);
      arrived?.(size);
      pieces.push(piece);
    },
    whole(): Uint8Array {
      const [only] = pieces;
      return pieces.length === 1 && only ? only : joined(pieces, size);
    },
  };
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}

export function tooLarge(byteLength: number, limitBytes: number): GatewayError {
  return new GatewayError(
    "body_too_large",
    `request body too large: ${byteLength} > ${limitBytes}`,
  );
}

/**
 * How a request's body is compressed; undefined where it is not. Throws `unsupported_media_type` for a
 * coding that is not known, and for several in one another, which serve nobody but to exhaust memory
 * (RFC 9110 §8.4, §15.5.16).
 */
export function contentCoding(headers: ReadHeaders): Bun.CompressionFormat | undefined {
  const written = headers.get("content-encoding");
  if (written === null) return undefined;
  const coding = written.trim().toLowerCase();
  if (coding === "" || coding === "identity") return undefined;
  const format = compressionFormat(coding);
  if (format !== undefined) return format;
  const shown = coding.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, "?");
  throw new GatewayError(
    "unsupported_media_type",
    `a request body with content-encoding '${shown}' is not read here; send it plain, or with one of gzip, deflate, br and zstd`,
  );
}

/** The body's content, inflated piece by piece as it is read. */
export function inflatedStream(
  body: ReadableStream<Uint8Array>,
  coding: Bun.CompressionFormat | undefined,
): ReadableStream<Uint8Array> {
  if (coding === undefined) return body;
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(
    new DecompressionStream(coding),
  );
}
