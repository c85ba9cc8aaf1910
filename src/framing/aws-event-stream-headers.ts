import { GatewayError } from "../chat/error.ts";

/** A header as read: integers up to 32 bits are numbers, 64 bits bigints; a UUID is its text form. */
export type AwsHeaderValue = boolean | number | bigint | string | Uint8Array | Date;
export type AwsHeaders = Readonly<Record<string, AwsHeaderValue>>;

/** The wire's numbers: https://smithy.io/2.0/aws/amazon-eventstream.html */
export const AWS_HEADER_TYPE = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  int: 4,
  long: 5,
  bytes: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;

const decoder = new TextDecoder();

/** Reads the header block of one message. Throws `upstream_bad_response`. */
export function decodeAwsHeaders(block: Uint8Array): AwsHeaders {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  // A header may be called `__proto__`.
  const headers: Record<string, AwsHeaderValue> = Object.create(null);
  let position = 0;

  /** Moves past `size` bytes and gives where they begin. */
  function take(size: number): number {
    const start = position;
    position += size;
    if (position > block.length) throw bad("a header runs past the header block");
    return start;
  }

  function takeBytes(size: number): Uint8Array {
    const start = take(size);
    return block.subarray(start, start + size);
  }

  function takeValue(type: number): AwsHeaderValue {
    switch (type) {
      case AWS_HEADER_TYPE.true:
        return true;
      case AWS_HEADER_TYPE.false:
        return false;
      case AWS_HEADER_TYPE.byte:
        return view.getInt8(take(1));
      case AWS_HEADER_TYPE.short:
        return view.getInt16(take(2));
      case AWS_HEADER_TYPE.int:
        return view.getInt32(take(4));
      case AWS_HEADER_TYPE.long:
        return view.getBigInt64(take(8));
      case AWS_HEADER_TYPE.bytes:
        return takeBytes(view.getUint16(take(2)));
      case AWS_HEADER_TYPE.string:
        return decoder.decode(takeBytes(view.getUint16(take(2))));
      case AWS_HEADER_TYPE.timestamp:
        return dateOf(view.getBigInt64(take(8)));
      case AWS_HEADER_TYPE.uuid:
        return uuidText(takeBytes(16));
      default:
        throw bad(`a header has the unknown type ${type}`);
    }
  }

  while (position < block.length) {
    const nameLength = view.getUint8(take(1));
    if (nameLength === 0) throw bad("a header has no name");
    const name = decoder.decode(takeBytes(nameLength));
    headers[name] = takeValue(view.getUint8(take(1)));
  }
  return headers;
}

function dateOf(milliseconds: bigint): Date {
  const date = new Date(Number(milliseconds));
  if (Number.isNaN(date.getTime())) throw bad("a timestamp header is beyond any date");
  return date;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function bad(what: string): GatewayError {
  return new GatewayError("upstream_bad_response", `In an upstream event-stream message ${what}.`);
}
