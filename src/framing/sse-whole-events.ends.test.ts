import { expect, test } from "bun:test";
import fc from "fast-check";
import { eventsEnd, lastEventAt } from "./sse-whole-events.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = fc.array(fc.constantFrom(": a comment", "event: x", "id: 1", "retry: 5"), {
  maxLength: 2,
});
const data = fc.constantFrom("data: {}", "data:", "data", "data: [DONE]", "data:  a\u00e4");

/** Events with data, each in the words of its server and with its kind of line end. */
const events = fc.array(
  fc.record({ before: lines, data, after: lines, lineEnd: fc.constantFrom("\n", "\r\n", "\r") }),
  { minLength: 1, maxLength: 6 },
);

test("the last event begins where those before it end", () => {
  fc.assert(
    fc.property(events, (list) => {
      const texts = list.map(
        ({ before, data: one, after, lineEnd }) =>
          [...before, one, ...after].join(lineEnd) + lineEnd + lineEnd,
      );
      const whole = bytes(texts.join(""));
      const start = bytes(texts.slice(0, -1).join("")).length;
      expect(eventsEnd(whole, list.length - 1)).toBe(start);
      expect(lastEventAt(whole)).toBe(start);
      expect(eventsEnd(whole, list.length)).toBe(whole.length);
    }),
  );
});

test("comments are no events: those behind the last belong to it, those before it do not", () => {
  const whole = bytes("data: 1\n\n: ping\n\ndata: [DONE]\n\n: ping\n\n");
  expect(lastEventAt(whole)).toBe(bytes("data: 1\n\n: ping\n\n").length);
  expect(lastEventAt(bytes(": ping\n\n: ping\n\n"))).toBe(0);
});
