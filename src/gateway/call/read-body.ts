import { GatewayError } from "../../chat/error.ts";
import type { ReadHeaders } from "../../framing/header-map.ts";
import type { BodyBudget, Holder } from "./body-budget.ts";
import { type Deadline, unwatch, watch } from "./clocks.ts";
import { contentCoding, inflatedStream } from "./content-coding.ts";
import { gathered, tooLarge } from "./gathered.ts";

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
  { clocks, maxBytes, budget }: BodyLimits,
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
  watch(deadline);
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
      unwatch(deadline);
      resolve(bytes);
    },
    (cause: unknown) => {
      unwatch(deadline);
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
