import { GatewayError } from "../../chat/error.ts";
import type { ReadHeaders } from "../../framing/header-map.ts";
import type { CallRecord } from "../../telemetry/call-record.ts";
import type { ClientBody } from "./client.ts";
import { type BodyLimits, readBody, withinLimit } from "./read-body.ts";

/**
 * Reads a request's body lazily, exactly once, and never past a limit, a clock or the budget. What
 * is read is its content, whatever it was compressed with; what streams through stays as it came.
 */
export function clientBody(
  request: Request,
  headers: ReadHeaders,
  record: CallRecord,
  limits: BodyLimits,
): ClientBody {
  const { maxBytes } = limits;
  let read: Promise<Uint8Array> | undefined;
  let held: Uint8Array | undefined;
  return {
    bytes(wantedLimitBytes) {
      const isOwn = maxBytes > 0 && (wantedLimitBytes === 0 || wantedLimitBytes > maxBytes);
      const limitBytes = isOwn ? maxBytes : wantedLimitBytes;
      if (read) return read.then((bytes) => withinLimit(bytes, limitBytes));
      read = readBody(request, headers, record, { ...limits, maxBytes: limitBytes }).then(
        (bytes) => {
          record.request.size = bytes.byteLength;
          held = bytes;
          return withinLimit(bytes, limitBytes);
        },
        (error: GatewayError) => {
          throw isOwn && error.code === "body_too_large" ? payloadTooLarge() : error;
        },
      );
      return read;
    },
    stream: () => (read ? null : limited(request, headers, maxBytes)),
    forget() {
      read = gone();
      held = undefined;
    },
    free() {
      limits.budget.release(record);
      if (held && held.byteLength >= LARGE_BYTES) giveBack(held);
      held = undefined;
    },
  };
}

/** So much is worth a call of the runtime. */
const LARGE_BYTES = 32 * 1024;

/**
 * Gives memory back at once that nobody reads any more. Left to the collector, bodies lie about until it
 * comes, and each call gets memory that no cache has seen: of a call with 400 KB that was a fifth.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  const isWhole = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
  if (isWhole && !buffer.detached) buffer.transfer(0);
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

/** A body that was written here in place of the client's. */
export function bodyOf(bytes: Uint8Array): ClientBody {
  let own: Uint8Array | undefined = bytes;
  return {
    bytes: async (limitBytes) => (own ? withinLimit(own, limitBytes) : gone()),
    stream: () => null,
    forget() {
      own = undefined;
    },
    free: () => undefined,
  };
}

function gone(): Promise<never> {
  const asked = Promise.reject(new GatewayError("internal", "the body was given away"));
  // It is told to whoever asks.
  asked.catch(() => undefined);
  return asked;
}

export interface Watcher {
  /** The reader wants a piece, which may be long in coming. */
  asked?(): void;
  /** A piece, before it goes on; what is thrown breaks the stream off. */
  look?(piece: Uint8Array): void;
  /** There is no further piece. */
  ended?(): void;
}

/** The same bytes, watched. */
export function watchedStream(
  source: ReadableStream<Uint8Array>,
  watcher: Watcher,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        watcher.asked?.();
        const { done, value } = await reader.read();
        if (done) {
          watcher.ended?.();
          controller.close();
          return;
        }
        try {
          watcher.look?.(value);
        } catch (cause) {
          await reader.cancel(cause);
          throw cause;
        }
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
