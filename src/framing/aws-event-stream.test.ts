import { describe, expect, test } from "bun:test";
import { GatewayError } from "../chat/error.ts";
import { type AwsMessage, awsEventStreamDecoder } from "./aws-event-stream.ts";
import { type AwsHeaderInput, encodeAwsMessage } from "./aws-event-stream-encoder.ts";
import { crc32 } from "./crc32.ts";

const encoder = new TextEncoder();

function read(bytes: Uint8Array): AwsMessage[] {
  const decoder = awsEventStreamDecoder();
  return [...decoder.push(bytes), ...decoder.end()];
}

const fromHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** A message with any header block, its checksums right. */
function message(headerBlock: number[]): Uint8Array {
  const bytes = new Uint8Array(16 + headerBlock.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, headerBlock.length);
  view.setUint32(8, crc32(bytes, 0, 8));
  bytes.set(headerBlock, 12);
  view.setUint32(bytes.length - 4, crc32(bytes, 0, bytes.length - 4));
  return bytes;
}

describe("awsEventStreamDecoder", () => {
  test.each<[string, string, Record<string, AwsHeaderInput>, string]>([
    ["an empty message", "000000100000000005c248eb7d98c8ff", {}, ""],
    [
      "a payload without headers",
      "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936",
      {},
      "{'foo':'bar'}",
    ],
    [
      "an integer header",
      "0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a0",
      { "event-type": 40972 },
      "{'foo':'bar'}",
    ],
  ])("reads and writes %s", (_what, hex, headers, payload) => {
    const bytes = fromHex(hex);
    expect(read(bytes)).toEqual([{ headers, payload: encoder.encode(payload) } as AwsMessage]);
    expect(encodeAwsMessage(headers, encoder.encode(payload))).toEqual(bytes);
  });

  test("all ten header types survive writing and reading", () => {
    const uuid = "01020304-0506-0708-090a-0b0c0d0e0f10";
    const plain = {
      yes: true,
      no: false,
      int: -2_147_483_648,
      long: -9_223_372_036_854_775_808n,
      bytes: Uint8Array.of(0, 255),
      text: "héllo 😀",
      time: new Date("2024-02-29T12:00:00.123Z"),
    };
    const bytes = encodeAwsMessage(
      {
        ...plain,
        byte: { type: "byte", value: -128 },
        short: { type: "short", value: 32_767 },
        uuid: { type: "uuid", value: uuid },
      },
      Uint8Array.of(1),
    );
    const [first] = read(bytes);
    expect({ ...first?.headers }).toEqual({ ...plain, byte: -128, short: 32_767, uuid });
    expect(first?.payload).toEqual(Uint8Array.of(1));
  });

  test("a header called __proto__ is only a header", () => {
    const block = [9, ...encoder.encode("__proto__"), 7, 0, 1, 0x61];
    const [first] = read(message(block));
    expect(Object.entries(first?.headers ?? {})).toEqual([["__proto__", "a"]]);
    expect(first?.headers["toString"]).toBeUndefined();
  });

  test.each<[string, number[]]>([
    ["an empty name", [0, 0]],
    ["a name past the block", [5, 0x61]],
    ["no type", [1, 0x61]],
    ["an unknown type", [1, 0x61, 10]],
    ["a string past the block", [1, 0x61, 7, 0, 2, 0x61]],
    ["an integer past the block", [1, 0x61, 4, 0]],
    ["a UUID past the block", [1, 0x61, 9, 0]],
    ["a time beyond any date", [1, 0x61, 8, 0x7f, 255, 255, 255, 255, 255, 255, 255]],
  ])("refuses a header with %s", (_what, block) => {
    expect(() => read(message(block))).toThrow(GatewayError);
  });

  test("refuses headers longer than the message, and a length below the least", () => {
    const long = message([]);
    new DataView(long.buffer).setUint32(4, 1);
    new DataView(long.buffer).setUint32(8, crc32(long, 0, 8));
    expect(() => read(long)).toThrow("headers longer than itself");
    expect(() => read(Uint8Array.of(0, 0, 0, 15))).toThrow("fewer than any");
  });

  test("a message beyond the limit is refused on its first four bytes", () => {
    const decoder = awsEventStreamDecoder({ maxMessageBytes: 16 });
    expect(decoder.push(message([]))).toHaveLength(1);
    expect(() => decoder.push(Uint8Array.of(0, 0, 0, 17))).toThrow("more than the limit of 16");
    expect(() => awsEventStreamDecoder().push(Uint8Array.of(1, 0, 0, 1))).toThrow(GatewayError);
    expect(awsEventStreamDecoder().push(Uint8Array.of(1, 0, 0, 0))).toEqual([]);
  });

  test("bytes that end inside a message are said to be cut short", () => {
    const decoder = awsEventStreamDecoder();
    expect(decoder.push(message([]).subarray(0, 15))).toEqual([]);
    expect(() => decoder.end()).toThrow("ended inside a message");
  });

  test("bytes in the middle of a larger buffer are read as they stand", () => {
    const bytes = encodeAwsMessage({ a: 1, b: 2n }, encoder.encode("x"));
    const buffer = new Uint8Array(bytes.length + 7);
    buffer.set(bytes, 3);
    expect(read(buffer.subarray(3, 3 + bytes.length))).toEqual(read(bytes));
  });
});

describe("encodeAwsMessage", () => {
  test.each<[string, Record<string, AwsHeaderInput>]>([
    ["an empty name", { "": 1 }],
    ["a long name", { ["a".repeat(256)]: 1 }],
    ["an integer beyond 32 bits", { a: 2 ** 31 }],
    ["a fraction", { a: 0.5 }],
    ["a byte beyond 8 bits", { a: { type: "byte", value: 128 } }],
    ["a long beyond 64 bits", { a: 1n << 63n }],
    ["a long string", { a: "x".repeat(65_536) }],
    ["a broken UUID", { a: { type: "uuid", value: "x" } }],
    ["no date", { a: new Date(Number.NaN) }],
  ])("refuses a header with %s", (_what, headers) => {
    expect(() => encodeAwsMessage(headers, new Uint8Array())).toThrow(GatewayError);
  });
});
