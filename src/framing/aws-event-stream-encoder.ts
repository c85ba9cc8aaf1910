import { GatewayError } from "../chat/error.ts";
import { AWS_HEADER_TYPE, type AwsHeaderValue } from "./aws-event-stream-headers.ts";
import { crc32 } from "./crc32.ts";

/**
 * A header to write. A bare value takes its natural type: a number is an `int`, a bigint a `long`,
 * a string a `string`, a date a `timestamp`. The other types are named.
 */
export type AwsHeaderInput =
  | AwsHeaderValue
  | { readonly type: "byte" | "short"; readonly value: number }
  | { readonly type: "uuid"; readonly value: string };

const encoder = new TextEncoder();

/**
 * One message of `application/vnd.amazon.eventstream`
 * (https://smithy.io/2.0/aws/amazon-eventstream.html). Throws `internal` for a header that the wire
 * cannot hold.
 */
export function encodeAwsMessage(
  headers: Readonly<Record<string, AwsHeaderInput>>,
  payload: Uint8Array,
): Uint8Array {
  return awsMessageWriter(headers)(payload);
}

/** Writes messages that have the same headers, which are encoded once. */
export function awsMessageWriter(
  headers: Readonly<Record<string, AwsHeaderInput>>,
): (payload: Uint8Array) => Uint8Array {
  const headerBlock = encodeHeaders(headers);
  return (payload) => {
    const message = new Uint8Array(16 + headerBlock.length + payload.length);
    const view = new DataView(message.buffer);
    view.setUint32(0, message.length);
    view.setUint32(4, headerBlock.length);
    view.setUint32(8, crc32(message, 0, 8));
    message.set(headerBlock, 12);
    message.set(payload, 12 + headerBlock.length);
    view.setUint32(message.length - 4, crc32(message, 0, message.length - 4));
    return message;
  };
}

function encodeHeaders(headers: Readonly<Record<string, AwsHeaderInput>>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const nameBytes = encoder.encode(name);
    if (nameBytes.length < 1 || nameBytes.length > 255) throw unwritable(name);
    parts.push(Uint8Array.of(nameBytes.length), nameBytes, encodeValue(name, value));
  }
  return joinBytes(parts);
}

function encodeValue(name: string, input: AwsHeaderInput): Uint8Array {
  if (typeof input === "boolean")
    return Uint8Array.of(input ? AWS_HEADER_TYPE.true : AWS_HEADER_TYPE.false);
  if (typeof input === "number") return integer(name, AWS_HEADER_TYPE.int, 32, input);
  if (typeof input === "bigint") return integer(name, AWS_HEADER_TYPE.long, 64, input);
  if (typeof input === "string") return sized(name, AWS_HEADER_TYPE.string, encoder.encode(input));
  if (input instanceof Uint8Array) return sized(name, AWS_HEADER_TYPE.bytes, input);
  if (input instanceof Date) return integer(name, AWS_HEADER_TYPE.timestamp, 64, input.getTime());
  switch (input.type) {
    case "byte":
      return integer(name, AWS_HEADER_TYPE.byte, 8, input.value);
    case "short":
      return integer(name, AWS_HEADER_TYPE.short, 16, input.value);
    case "uuid":
      return joinBytes([Uint8Array.of(AWS_HEADER_TYPE.uuid), uuidBytes(name, input.value)]);
  }
}

function integer(
  name: string,
  type: number,
  bits: 8 | 16 | 32 | 64,
  value: number | bigint,
): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw unwritable(name);
  const whole = BigInt(value);
  if (BigInt.asIntN(bits, whole) !== whole) throw unwritable(name);
  const bytes = new Uint8Array(9);
  bytes[0] = type;
  new DataView(bytes.buffer).setBigInt64(1, whole << BigInt(64 - bits));
  return bytes.subarray(0, 1 + bits / 8);
}

function sized(name: string, type: number, value: Uint8Array): Uint8Array {
  if (value.length > 0xffff) throw unwritable(name);
  return joinBytes([Uint8Array.of(type, value.length >> 8, value.length & 0xff), value]);
}

function uuidBytes(name: string, text: string): Uint8Array {
  const hex = text.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw unwritable(name);
  return Uint8Array.from({ length: 16 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

function unwritable(name: string): GatewayError {
  return new GatewayError(
    "internal",
    `The event-stream header ${JSON.stringify(name)} has a name or value that the wire cannot hold.`,
  );
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}
