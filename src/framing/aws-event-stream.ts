import { GatewayError } from "../chat/error.ts";
import { type AwsHeaders, decodeAwsHeaders } from "./aws-event-stream-headers.ts";
import { crc32 } from "./crc32.ts";
import { type FrameDecoder, type FrameSink, frameStage } from "./stage.ts";

export interface AwsMessage {
  readonly headers: AwsHeaders;
  /** May be a view of the bytes that were pushed. */
  readonly payload: Uint8Array;
}

export interface AwsEventStreamLimits {
  /** A whole message, in bytes; one that declares more is refused on its first four bytes. */
  readonly maxMessageBytes?: number;
}

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const LENGTH_BYTES = 4;
/** Total length, header length, and the CRC of both. */
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const MIN_MESSAGE_BYTES = PRELUDE_BYTES + CRC_BYTES;

/**
 * Messages of `application/vnd.amazon.eventstream`
 * (https://smithy.io/2.0/aws/amazon-eventstream.html). Both checksums are checked before anything
 * of a message is used.
 *
 * Throws `upstream_bad_response`, and `upstream_truncated` when the bytes end inside a message.
 */
export function awsEventStreamDecoder(limits: AwsEventStreamLimits = {}): FrameDecoder<AwsMessage> {
  const maxMessageBytes = limits.maxMessageBytes ?? MAX_MESSAGE_BYTES;
  /** A prelude's room, then the whole message's. */
  let held = new Uint8Array(PRELUDE_BYTES);
  let heldBytes = 0;

  /** Gives how many bytes it took. */
  function readWhole(bytes: Uint8Array, messages: FrameSink<AwsMessage>): number {
    if (bytes.length < PRELUDE_BYTES) return hold(bytes, messages);
    const length = checkPrelude(bytes, maxMessageBytes);
    if (bytes.length < length) return hold(bytes, messages);
    messages.push(decodeMessage(bytes.subarray(0, length)));
    return length;
  }

  function hold(bytes: Uint8Array, messages: FrameSink<AwsMessage>): number {
    const part = bytes.subarray(0, held.length - heldBytes);
    held.set(part, heldBytes);
    heldBytes += part.length;
    if (heldBytes >= LENGTH_BYTES) checkLength(viewOf(held), maxMessageBytes);
    if (heldBytes < held.length) return part.length;
    if (held.length === PRELUDE_BYTES) {
      const message = new Uint8Array(checkPrelude(held, maxMessageBytes));
      message.set(held);
      held = message;
      return part.length;
    }
    const message = held;
    held = new Uint8Array(PRELUDE_BYTES);
    heldBytes = 0;
    messages.push(decodeMessage(message));
    return part.length;
  }

  return frameStage({
    read(bytes, messages) {
      let rest = bytes;
      while (rest.length > 0) {
        const taken = heldBytes === 0 ? readWhole(rest, messages) : hold(rest, messages);
        rest = rest.subarray(taken);
      }
    },
    finish() {
      if (heldBytes === 0) return;
      throw new GatewayError(
        "upstream_truncated",
        "The upstream's event stream ended inside a message.",
      );
    },
  });
}

function checkLength(view: DataView, maxMessageBytes: number): number {
  const length = view.getUint32(0);
  if (length < MIN_MESSAGE_BYTES) throw bad(`declares ${length} bytes, fewer than any can have`);
  if (length > maxMessageBytes) {
    throw bad(`declares ${length} bytes, more than the limit of ${maxMessageBytes}`);
  }
  return length;
}

/** Gives the message's length in bytes. */
function checkPrelude(bytes: Uint8Array, maxMessageBytes: number): number {
  const view = viewOf(bytes);
  const length = checkLength(view, maxMessageBytes);
  if (view.getUint32(8) !== crc32(bytes, 0, 8)) throw bad("fails its prelude's checksum");
  if (view.getUint32(4) > length - MIN_MESSAGE_BYTES) throw bad("has headers longer than itself");
  return length;
}

function decodeMessage(message: Uint8Array): AwsMessage {
  const view = viewOf(message);
  const end = message.length - CRC_BYTES;
  if (view.getUint32(end) !== crc32(message, 0, end)) throw bad("fails its checksum");
  const payloadStart = PRELUDE_BYTES + view.getUint32(4);
  return {
    headers: decodeAwsHeaders(message.subarray(PRELUDE_BYTES, payloadStart)),
    payload: message.subarray(payloadStart, end),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bad(what: string): GatewayError {
  return new GatewayError(
    "upstream_bad_response",
    `A message of the upstream's event stream ${what}.`,
  );
}
