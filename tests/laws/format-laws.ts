import { expect } from "bun:test";
import { collect } from "../../src/chat/collect.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import type { AnswerContext, WireFormat } from "../../src/formats/wire-format.ts";
import { joined, type Piece, type Stage } from "../../src/framing/stage.ts";

/** Steps that every format's laws are made of. */

export const CONTEXT: AnswerContext = {
  model: "asked-model",
  requestId: "req-1",
  created: 1_700_000_000,
  includeUsage: true,
};

export function encodeStream(
  format: WireFormat,
  events: Iterable<ChatEvent>,
  context = CONTEXT,
): Uint8Array {
  const encoder = format.streamEncoder(context);
  const chunks: Piece[] = [];
  for (const event of events) chunks.push(...encoder.push(event));
  chunks.push(...encoder.end());
  return joined(chunks);
}

/** `cuts` are byte offsets at which the bytes are parted. */
export function run<Out>(
  stage: Stage<Uint8Array, Out>,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): Out[] {
  const out: Out[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    out.push(...stage.push(bytes.subarray(start, cut)));
    start = cut;
  }
  out.push(...stage.end());
  return out;
}

/** A media type stands in the context without its parameters. */
const streamType = (format: WireFormat) => format.streamContentType.split(";")[0] ?? "";

export function streamDecoder(format: WireFormat): Stage<Uint8Array, ChatEvent> {
  return format.streamDecoder({ contentType: streamType(format) });
}

/** Whether each frame of the format's stream is a line of JSON. */
export const isLines = (format: WireFormat): boolean =>
  /ndjson|stream\+json/.test(format.streamContentType);

/** The stream whose frames hold `wires`; those that are bytes are frames already. */
export function framed(format: WireFormat, wires: readonly unknown[]): Uint8Array {
  if (streamType(format) === "application/json") return bytesOf(JSON.stringify(wires));
  const [head, tail] = isLines(format) ? ["", "\n"] : ["data: ", "\n\n"];
  return concat(
    wires.map((wire) =>
      wire instanceof Uint8Array ? wire : bytesOf(`${head}${JSON.stringify(wire)}${tail}`),
    ),
  );
}

export function decodeStream(
  format: WireFormat,
  bytes: Uint8Array,
  contentType = streamType(format),
): ChatEvent[] {
  return run(format.streamDecoder({ contentType }), bytes);
}

export function throughStream(format: WireFormat, events: Iterable<ChatEvent>): ChatResponse {
  return collect(decodeStream(format, encodeStream(format, events)));
}

/** The bytes, once cut at every offset; `reduce` makes outputs comparable however they are grouped. */
export function expectSplitLaw<Out>(
  stage: () => Stage<Uint8Array, Out>,
  bytes: Uint8Array,
  reduce: (out: readonly Out[]) => unknown = (out) => out,
): void {
  const whole = reduce(run(stage(), bytes));
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(reduce(run(stage(), bytes, [cut]))).toEqual(whole);
  }
  expect(reduce(run(stage(), bytes, [...bytes.keys()]))).toEqual(whole);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
