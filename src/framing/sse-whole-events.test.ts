import { expect, test } from "bun:test";
import fc from "fast-check";
import { sseWholeEvents } from "./sse-whole-events.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString();

const streams = fc
  .array(fc.constantFrom("data: {}\n\n", "data: é\r\n\r\n", ": ping\n", "event: x\rdata: y\r\r"), {
    maxLength: 8,
  })
  .map((events) => events.join(""));

test("the bytes are the same however they are cut", () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(200)), (text, cuts) => {
      const stage = sseWholeEvents();
      const bytes = encode(text);
      const out: Uint8Array[] = [];
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        if (cut <= from || cut > bytes.length) continue;
        out.push(...stage.push(bytes.subarray(from, cut)));
        from = cut;
      }
      out.push(...stage.end());
      expect(decode(out)).toBe(text);
    }),
  );
});

test("an unfinished event is held back until it is whole", () => {
  const stage = sseWholeEvents();
  expect(decode(stage.push(encode("data: 1\n\ndata: 2")))).toBe("data: 1\n\n");
  expect(decode(stage.push(encode("\n")))).toBe("");
  expect(decode(stage.push(encode("\n")))).toBe("data: 2\n\n");
  expect(decode(stage.end())).toBe("");
});

test("an event that never ends is let go past the bound", () => {
  const stage = sseWholeEvents(4);
  expect(decode(stage.push(encode("data: never")))).toBe("data: never");
});
