import { GatewayError } from "../chat/error.ts";
import type { Flow } from "../framing/flow.ts";
import type { ReadHeaders } from "../framing/header-map.ts";
import { bytesOf, type Piece } from "../framing/piece.ts";
import type { ClientBody } from "./call.ts";
import { type Deadline, unwatch, watch } from "./clocks.ts";
import { watchedStream } from "./watched-stream.ts";

const EMPTY = new Uint8Array(0);

/** A body this small comes in one piece, or is slow. */
export const ONE_PIECE_BYTES = 64 * 1024;

/** How long a client may take to send its body, in milliseconds. */
export interface BodyClocks {
  /** Between two pieces of it. */
  readonly bodyIdleMs: number;
  readonly bodyTotalMs: number;
}

/**
 * Reads a request's body lazily, exactly once, and never past a limit or a clock. `maxBytes` holds
 * whatever limit a reader names; 0 is none.
 */
export function clientBody(
  request: Request,
  headers: ReadHeaders,
  clocks: BodyClocks,
  onRead: (byteLength: number) => void,
  maxBytes = 0,
): ClientBody {
  let read: Promise<Uint8Array> | undefined;
  return {
    bytes(wantedLimitBytes) {
      const isOwn = maxBytes > 0 && (wantedLimitBytes === 0 || wantedLimitBytes > maxBytes);
      const limitBytes = isOwn ? maxBytes : wantedLimitBytes;
      if (read) return read.then((bytes) => withinLimit(bytes, limitBytes));
      read = readBody(request, headers, clocks, limitBytes).then(
        (bytes) => {
          onRead(bytes.byteLength);
          return withinLimit(bytes, limitBytes);
        },
        (error: GatewayError) => {
          throw isOwn && error.code === "body_too_large" ? payloadTooLarge() : error;
        },
      );
      return read;
    },
    stream: () => (read ? null : limited(request, headers, maxBytes)),
  };
}

/** A body that says how long it is was held against the limit before; another is counted. */
function limited(
  { body }: Request,
  headers: ReadHeaders,
  maxBytes: number,
): ReadableStream<Uint8Array> | null {
  if (!body || maxBytes === 0 || headers.has("content-length")) return body;
  let size = 0;
  return watchedStream(body, {
    look(piece) {
      size += piece.byteLength;
      if (size > maxBytes) throw payloadTooLarge();
    },
  });
}

export function payloadTooLarge(): GatewayError {
  return new GatewayError("body_too_large", "Payload too large");
}

function readBody(
  request: Request,
  headers: ReadHeaders,
  { bodyIdleMs, bodyTotalMs }: BodyClocks,
  limitBytes: number,
): Promise<Uint8Array> {
  const declared = headers.get("content-length");
  // Asking for `body` makes a stream of it, which a body in one piece does without.
  if (declared === null && !request.body) return Promise.resolve(EMPTY);
  const length = declared === null ? Number.POSITIVE_INFINITY : Number(declared);
  if (limitBytes > 0 && declared !== null && length > limitBytes)
    return Promise.reject(tooLarge(length, limitBytes));
  const endsAtMs = performance.now() + bodyTotalMs;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const deadline: Deadline = {
    atMs: performance.now() + bodyIdleMs,
    expire: () => reject(tooSlow()),
  };
  watch(deadline);
  const reading =
    length <= ONE_PIECE_BYTES || !request.body
      ? request.bytes()
      : readChunks(request.body, limitBytes, () => {
          deadline.atMs = Math.min(performance.now() + bodyIdleMs, endsAtMs);
        });
  reading.then(
    (bytes) => {
      unwatch(deadline);
      resolve(bytes);
    },
    (cause: unknown) => {
      unwatch(deadline);
      reject(cause instanceof GatewayError ? cause : unfinished(cause));
    },
  );
  return promise;
}

/** A body that was written here in place of the client's. */
export function bodyOf(bytes: Uint8Array): ClientBody {
  return {
    bytes: async (limitBytes) => withinLimit(bytes, limitBytes),
    stream: () => null,
  };
}

function withinLimit(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (limitBytes > 0 && bytes.byteLength > limitBytes) throw tooLarge(bytes.byteLength, limitBytes);
  return bytes;
}

/** Reads a stream whole; past `limitBytes` (0 means none) it is cancelled and `body_too_large` thrown. */
async function readChunks(
  stream: AsyncIterable<Uint8Array>,
  limitBytes: number,
  onChunk: () => void,
): Promise<Uint8Array> {
  const body = gathered(limitBytes);
  for await (const chunk of stream) {
    onChunk();
    body.add(chunk);
  }
  return body.whole();
}

/** The same of a flow. */
export async function readFlow(flow: Flow<Piece>, limitBytes: number): Promise<Uint8Array> {
  const body = gathered(limitBytes);
  await flow.pump((piece) => body.add(bytesOf(piece)));
  return body.whole();
}

function gathered(limitBytes: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    add(chunk: Uint8Array): undefined {
      size += chunk.byteLength;
      if (limitBytes > 0 && size > limitBytes) throw tooLarge(size, limitBytes);
      chunks.push(chunk);
    },
    whole(): Uint8Array {
      const only = chunks[0];
      return chunks.length === 1 && only ? only : joinChunks(chunks, size);
    },
  };
}

function joinChunks(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function tooLarge(byteLength: number, limitBytes: number): GatewayError {
  return new GatewayError(
    "body_too_large",
    `request body too large: ${byteLength} > ${limitBytes}`,
  );
}

function tooSlow(): GatewayError {
  return new GatewayError("request_timeout", "Request timeout");
}

function unfinished(cause: unknown): GatewayError {
  return new GatewayError("client_aborted", "the client's request ended before its body did", {
    cause,
  });
}
