import { GatewayError } from "../../chat/error.ts";
import type { AnswerBody } from "../../http-client/exchange.ts";
import type { Call } from "../call/call.ts";
import type { Deadline } from "../call/clocks.ts";
import type { Incoming } from "../call/upstream.ts";
import { upstreamError } from "../upstream/provider-fault.ts";

/** Largest answer that is held whole, decoded. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** How long is waited for an answer, and on what. */
type Waiting = Pick<Call, "clocks" | "processState">;

/** The whole body, inflated. Throws `upstream_…` errors when it breaks, stalls or grows past 64 MiB. */
export function readAnswer(incoming: Incoming, call: Waiting): Uint8Array | Promise<Uint8Array> {
  const whole = incoming.body.whole?.();
  if (!whole) return readPieces(incoming, call);
  if (whole.byteLength > MAX_ANSWER_BYTES) throw tooLarge();
  return whole;
}

async function readPieces(
  incoming: Incoming,
  { clocks: { readMs, totalMs }, processState: { deadlines } }: Waiting,
): Promise<Uint8Array> {
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + totalMs;
  const deadline: Deadline = {
    atMs: Math.min(startedAtMs + readMs, endsAtMs),
    expire: () =>
      incoming.abort(new GatewayError("upstream_timeout", "The upstream server is timing out")),
    abort: incoming.abort,
  };
  deadlines.watch(deadline);
  try {
    return await bodyBytes(incoming.body, () => {
      deadline.atMs = Math.min(performance.now() + readMs, endsAtMs);
    });
  } catch (cause) {
    const error = upstreamError(cause);
    incoming.abort(error);
    throw error;
  } finally {
    deadlines.unwatch(deadline);
  }
}

export function noBody(): GatewayError {
  const message = "no response body found when transforming response";
  return new GatewayError("upstream_bad_response", message);
}

export interface AnswerText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const utf8 = new TextDecoder();

/** The same as text. Throws `upstream_bad_response` for one that is empty, or compressed out of hand. */
export function readAnswerText(
  incoming: Incoming,
  call: Waiting,
): AnswerText | Promise<AnswerText> {
  const bytes = readAnswer(incoming, call);
  return bytes instanceof Promise ? bytes.then(textOf) : textOf(bytes);
}

function textOf(bytes: Uint8Array): AnswerText {
  if (bytes.byteLength === 0) throw noBody();
  checkNotCompressed(bytes);
  return { bytes, text: utf8.decode(bytes) };
}

async function bodyBytes(body: AnswerBody, moved: () => void): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let byteLength = 0;
  for (;;) {
    const read = body.read();
    const piece = read instanceof Promise ? await read : read;
    if (piece === undefined) break;
    moved();
    pieces.push(piece);
    byteLength += piece.byteLength;
    if (byteLength > MAX_ANSWER_BYTES) throw tooLarge();
  }
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}

function tooLarge(): GatewayError {
  const message = "the upstream's answer is larger than 64 MiB";
  return new GatewayError("upstream_bad_response", message);
}

/** Throws for gzip (RFC 1952 §2.3.1) in place of text: compressed, and not said to be. */
export function checkNotCompressed(bytes: Uint8Array): void {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return;
  throw new GatewayError(
    "upstream_bad_response",
    "the upstream's answer is compressed without saying so",
    { status: 502 },
  );
}
