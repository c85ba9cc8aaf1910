import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../src/chat/error.ts";
import { awsEventStreamDecoder } from "../../src/framing/aws-event-stream.ts";
import { encodeAwsMessage } from "../../src/framing/aws-event-stream-encoder.ts";
import { jsonArrayDecoder } from "../../src/framing/json-array.ts";
import { ndjsonDecoder } from "../../src/framing/ndjson.ts";
import { encodeSse, sseDecoder } from "../../src/framing/sse.ts";
import type { Stage } from "../../src/framing/stage.ts";

const SEED = { seed: 49, numRuns: 200 };
const encoder = new TextEncoder();
const utf8 = (text: string) => encoder.encode(text);
/** Text made of what the framings look for. */
const tokens = fc
  .array(
    fc.constantFrom(
      ...["data:", "id:", " ", "\r", "\n", "\r\n", ":", "é😀", "\uFEFF"],
      ...'[]{},"\\1',
    ),
  )
  .map((parts) => utf8(parts.join("")));

interface Framing {
  readonly name: string;
  readonly open: () => Stage<Uint8Array, unknown>;
  readonly whole: Uint8Array;
  readonly frames: number;
  /** Ends in a fault after some frames. */
  readonly faulty: Uint8Array;
}

const framings: readonly Framing[] = [
  {
    name: "sse",
    open: () => sseDecoder({ maxEventBytes: 200 }),
    whole: utf8(
      [
        '\uFEFF: hello\r\n\r\nevent: message_start\r\ndata: {"text":"héllo €"}\r\n\r\n',
        "id: 7\ndata:no space\n\ndata:  two\n\ndata:\ttab\n\ndata\n\nretry: 10\nfoo: bar\n\n",
        "data: a\rdata: b\r\rdata: mixed\n\rdata: 😀👩‍👩‍👧\r\r\n: ping\n\ndata: multi\r\ndata\ndata:\rdata: end\n\n",
        "event: only a name\n\n\uFEFFdata: no field\n\ndata: [DONE]",
      ].join(""),
    ),
    frames: 10,
    faulty: utf8(`data: é\r\n\r\ndata: b\n\ndata: ${"x".repeat(201)}\n\ndata: never\n\n`),
  },
  {
    name: "ndjson",
    open: () => ndjsonDecoder({ maxLineBytes: 200 }),
    whole: utf8('\uFEFF{"a":"héllo 😀"}\r\n\n  \n{"b":"€\u2028"}\n\r\n[1,\r2]\n{"done":true}'),
    frames: 4,
    faulty: utf8(`{"a":"é"}\n{"b":1}\r\n"${"x".repeat(201)}"\n{"never":1}\n`),
  },
  {
    name: "json-array",
    open: () => jsonArrayDecoder({ maxElementBytes: 200 }),
    whole: utf8(
      '\uFEFF[ {"a":"]},\\"{[ \\\\","é":"😀"} ,\r\n[[],{"b":[1,{"c":"\\\\\\""}]}],\t-1.5e+3 ,true,null,"\\\\","\\u0022€", {}\n] \n',
    ),
    frames: 8,
    faulty: utf8('[{"a":"é"},{"b":"\\""}, 12 ,]'),
  },
  {
    name: "one JSON document",
    open: () => jsonArrayDecoder(),
    whole: utf8(' \n{"choices":[{"text":"héllo 😀 \\"}\\\\"}],"usage":{"n":[1,2]}}\n'),
    frames: 1,
    faulty: utf8('{"choices":[{"text":"é"}]}\n{"never":1}'),
  },
  {
    name: "aws-event-stream",
    open: () => awsEventStreamDecoder({ maxMessageBytes: 1000 }),
    whole: Buffer.concat([
      encodeAwsMessage({}, new Uint8Array()),
      encodeAwsMessage(
        {
          ":event-type": "chunk",
          ":date": new Date(1),
          n: 1,
          l: 2n,
          yes: true,
          raw: Uint8Array.of(1),
        },
        utf8('{"bytes":"héllo 😀"}'),
      ),
      encodeAwsMessage({ ":message-type": "event" }, utf8("x".repeat(300))),
    ]),
    frames: 3,
    faulty: Buffer.concat([
      encodeAwsMessage({ a: "é" }, utf8("1")),
      encodeAwsMessage({}, utf8("2")),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      encodeAwsMessage({}, utf8("never")),
    ]),
  },
];

interface Outcome {
  readonly frames: readonly unknown[];
  readonly fault: string;
}

function readPieces(stage: Stage<Uint8Array, unknown>, pieces: readonly Uint8Array[]): Outcome {
  const frames: unknown[] = [];
  try {
    for (const piece of pieces) frames.push(...stage.push(piece));
    frames.push(...stage.end());
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { frames, fault: `${error.code}: ${error.message}` };
  }
  return { frames, fault: "none" };
}

/** Copies, so that no stage can lean on the bytes around a piece. */
function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const marks = [0, ...[...offsets].sort((a, b) => a - b), bytes.length];
  return marks.slice(1).map((end, index) => bytes.slice(marks[index], end));
}

describe.each(framings.map((framing) => [framing.name, framing] as const))(
  "%s",
  (_name, framing) => {
    for (const kind of ["whole", "faulty"] as const) {
      const bytes = framing[kind];
      const expected = readPieces(framing.open(), [bytes]);

      test(`all five framings parse when cut at every byte offset (${kind})`, () => {
        for (let offset = 0; offset <= bytes.length; offset++) {
          expect(readPieces(framing.open(), cut(bytes, [offset]))).toEqual(expected);
        }
      });

      test(`one byte at a time, and with empty pieces (${kind})`, () => {
        const each = Array.from(bytes, (byte) => Uint8Array.of(byte));
        expect(readPieces(framing.open(), each)).toEqual(expected);
        const spaced = each.flatMap((piece) => [new Uint8Array(), piece]);
        expect(readPieces(framing.open(), spaced)).toEqual(expected);
      });

      test(`at any set of cuts (${kind})`, () => {
        const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 30 });
        fc.assert(
          fc.property(cuts, (offsets) => {
            expect(readPieces(framing.open(), cut(bytes, offsets))).toEqual(expected);
          }),
          SEED,
        );
      });
    }

    test("the fixture holds the frames it should", () => {
      const whole = readPieces(framing.open(), [framing.whole]);
      expect(whole.fault).toBe("none");
      expect(whole.frames).toHaveLength(framing.frames);
      const faulty = readPieces(framing.open(), [framing.faulty]);
      expect(faulty.fault).toStartWith("upstream_bad_response");
      expect(faulty.frames.length).toBeGreaterThan(0);
      expect(JSON.stringify(faulty.frames)).not.toContain("never");
    });

    test("any bytes at all give frames or a GatewayError, the same at any cut", () => {
      const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), tokens);
      fc.assert(
        fc.property(bytes, fc.array(fc.nat({ max: 120 }), { maxLength: 8 }), (noise, offsets) => {
          const inside = offsets.map((offset) => Math.min(offset, noise.length));
          const once = readPieces(framing.open(), [noise]);
          expect(readPieces(framing.open(), cut(noise, inside))).toEqual(once);
        }),
        SEED,
      );
    });
  },
);

describe("what is written is read", () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 });
  const at = (bytes: Uint8Array, parts: readonly number[]) =>
    cut(
      bytes,
      parts.map((part) => Math.floor(part * bytes.length)),
    );

  test("sse, with any line end", () => {
    const text = fc
      .string({ unit: "grapheme" })
      .map((value) => value.replaceAll(/[\r\n\0\uFEFF]/g, ""));
    const event = fc.record({
      event: text,
      data: fc.array(text, { minLength: 1 }).map((lines) => lines.join("\n")),
    });
    fc.assert(
      fc.property(
        fc.array(event),
        fc.constantFrom("\n", "\r", "\r\n"),
        cuts,
        (events, lineEnd, parts) => {
          const wire = events.map(encodeSse).join("");
          const bytes = utf8(wire.replaceAll("\n", lineEnd));
          expect(readPieces(sseDecoder(), at(bytes, parts)).frames).toEqual(events);
        },
      ),
      SEED,
    );
  });

  test("ndjson and json-array", () => {
    const texts = fc.array(fc.json({ stringUnit: "binary" }));
    fc.assert(
      fc.property(texts, cuts, (documents, parts) => {
        const lines = readPieces(ndjsonDecoder(), at(utf8(documents.join("\r\n")), parts));
        expect(lines).toEqual({ frames: documents, fault: "none" });
        const array = readPieces(
          jsonArrayDecoder(),
          at(utf8(`[${documents.join(" ,\n")}]`), parts),
        );
        expect(array).toEqual({ frames: documents, fault: "none" });
      }),
      SEED,
    );
  });

  test("aws-event-stream", () => {
    const name = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 });
    const value = fc.oneof(
      fc.boolean(),
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string({ unit: "grapheme" }),
      fc.uint8Array(),
      fc.date({ noInvalidDate: true }),
    );
    const message = fc.record({ headers: fc.dictionary(name, value), payload: fc.uint8Array() });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), cuts, (messages, parts) => {
        const bytes = Buffer.concat(
          messages.map((each) => encodeAwsMessage(each.headers, each.payload)),
        );
        const read = readPieces(awsEventStreamDecoder(), at(bytes, parts));
        expect(read).toEqual({ frames: messages, fault: "none" });
      }),
      SEED,
    );
  });
});

describe("hostile upstreams", () => {
  const megabyte = "x".repeat(1 << 20);
  const nine = "x".repeat(9 << 20);

  test.each<[string, Stage<Uint8Array, unknown>, string]>([
    ["sse", sseDecoder(), `data: ${megabyte}\n\n`],
    ["sse in many lines", sseDecoder(), `${"data: x\n".repeat(1 << 17)}\n`],
    ["ndjson", ndjsonDecoder(), `"${megabyte}"\n`],
    ["json-array", jsonArrayDecoder(), `["${megabyte}"]`],
    ["aws-event-stream", awsEventStreamDecoder(), ""],
  ])("a megabyte one byte at a time costs linear time: %s", (_name, stage, text) => {
    const bytes = text === "" ? encodeAwsMessage({}, utf8(megabyte)) : utf8(text);
    const start = process.cpuUsage();
    let frames = 0;
    for (let index = 0; index < bytes.length; index++) {
      frames += stage.push(bytes.subarray(index, index + 1)).length;
    }
    frames += stage.end().length;
    const used = process.cpuUsage(start);
    expect(frames).toBe(1);
    expect(used.user + used.system).toBeLessThan(2_000_000);
  });

  test.each<[string, () => Stage<Uint8Array, unknown>, string, string]>([
    ["sse", sseDecoder, "data: ", "\n\n"],
    ["ndjson", ndjsonDecoder, '"', '"\n'],
    ["json-array", jsonArrayDecoder, '["', '"]'],
  ])("nine megabytes are beyond the default limit: %s", (_name, open, head, tail) => {
    expect(() => open().push(utf8(head + nine))).toThrow(GatewayError);
    expect(() => open().push(utf8(head + nine + tail))).toThrow(GatewayError);
    expect(open().push(utf8(head + megabyte + tail))).toHaveLength(1);
  });

  test.each<[string, () => Stage<Uint8Array, unknown>, (index: number) => Uint8Array, Uint8Array]>([
    ["sse", sseDecoder, (index) => utf8(`data: ${index}\n\n`), utf8("")],
    ["ndjson", ndjsonDecoder, (index) => utf8(`${index}\n`), utf8("")],
    ["json-array", jsonArrayDecoder, (index) => utf8(`${index ? "," : "["}${index}`), utf8("]")],
    [
      "aws-event-stream",
      awsEventStreamDecoder,
      (index) => encodeAwsMessage({ index }, utf8("")),
      utf8(""),
    ],
  ])("ten thousand tiny events in one piece, in order: %s", (_name, open, write, tail) => {
    const one = Array.from({ length: 10_000 }, (_, index) => write(index));
    const apart = open();
    const expected = [...one, tail].flatMap((bytes) => [...apart.push(bytes)]);
    const frames = open().push(Buffer.concat([...one, tail]));
    expect(frames).toHaveLength(10_000);
    expect(frames).toEqual(expected);
  });

  test("no flipped bit of a message lets any of it through", () => {
    const before = encodeAwsMessage({}, utf8("before"));
    const bytes = encodeAwsMessage({ ":event-type": "chunk", n: 7 }, utf8('{"text":"é"}'));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { frames, fault } = readPieces(awsEventStreamDecoder(), [before, flipped]);
      expect(frames).toHaveLength(1);
      expect(fault).not.toBe("none");
    }
  });

  test("a message that declares four gigabytes is refused on its first four bytes", () => {
    const length = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
    expect(() => awsEventStreamDecoder().push(length)).toThrow("4294967295 bytes");
    const slow = awsEventStreamDecoder();
    expect(slow.push(length.subarray(0, 3))).toEqual([]);
    expect(() => slow.push(length.subarray(3))).toThrow(GatewayError);
  });
});
