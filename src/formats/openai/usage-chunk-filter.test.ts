import { expect, test } from "bun:test";
import fc from "fast-check";
import { withoutUsageChunk } from "./usage-chunk-filter.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The output of the filter for these bytes, cut at `cuts`. */
function filter(bytes: Uint8Array, cuts: readonly number[] = []): string {
  const stage = withoutUsageChunk();
  const out: Uint8Array[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    out.push(...stage.push(bytes.subarray(start, cut)));
    start = cut;
  }
  out.push(...stage.end());
  return Buffer.concat(out).toString();
}

const USAGE = `{"id":"a","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`;
const TEXT = `{"id":"a","choices":[{"index":0,"delta":{"content":"hi [] é 😀"}}],"usage":null}`;

const KEPT = [
  `: ping\n`,
  `data: ${TEXT}\n\n`,
  `data: {"choices":[],"prompt_filter_results":[]}\n\n`,
  `data: {"choices":[],"usage":null}\n\n`,
  `data: {"x":"\\"choices\\":[]","usage":{}}\n\n`,
  `data: {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1}}\n\n`,
  `data: not json "choices":[]\n\n`,
  `data: [DONE]\n\n`,
];

for (const frame of KEPT) {
  test(`kept: ${frame.trim()}`, () => {
    expect(filter(encode(frame))).toBe(frame);
  });
}

for (const frame of [
  `data: ${USAGE}\n\n`,
  `data:${USAGE}\r\n\r\n`,
  `id: 7\rdata: ${USAGE}\r\r`,
  `data: {"choices" : [ ] , "usage": {}}\n\n`,
  `data: {"choices":[],\ndata: "usage":{}}\n\n`,
  `data: ${USAGE}`,
]) {
  test(`dropped: ${JSON.stringify(frame)}`, () => {
    expect(filter(encode(frame))).toBe("");
  });
}

const STREAMS = ["\n", "\r\n", "\r"].map((lineEnd) =>
  [...KEPT, `data: ${USAGE}\n\n`, ...KEPT].join("").replaceAll("\n", lineEnd),
);

for (const stream of STREAMS) {
  test(`the same however it is cut: ${JSON.stringify(stream.slice(6, 8))}`, () => {
    const bytes = encode(stream);
    const whole = filter(bytes);
    expect(whole.length).toBeLessThan(stream.length);
    for (let cut = 0; cut <= bytes.length; cut++) expect(filter(bytes, [cut])).toBe(whole);
    expect(filter(bytes, [...bytes.keys()])).toBe(whole);
  });
}

test("mixed line ends are the same however they are cut", () => {
  const piece = fc.constantFrom(
    "\n",
    "\r",
    "\r\n",
    `data: ${USAGE}`,
    `data: ${TEXT}`,
    "data: [DONE]",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (pieces, at) => {
      const bytes = encode(pieces.join(""));
      const whole = filter(bytes);
      expect(filter(bytes, [at % (bytes.length + 1)])).toBe(whole);
      expect(filter(bytes, [...bytes.keys()])).toBe(whole);
    }),
    { numRuns: 300 },
  );
});

test("a whole event is passed on at once, as the same bytes", () => {
  const bytes = encode(`data: ${TEXT}\n\n`);
  const [out] = withoutUsageChunk().push(bytes);
  expect(out).toBe(bytes);
});

test("only the incomplete last event is held back", () => {
  const stage = withoutUsageChunk();
  const [out] = stage.push(encode(`data: ${TEXT}\n\ndata: {"cho`));
  expect(Buffer.from(out ?? []).toString()).toBe(`data: ${TEXT}\n\n`);
});
