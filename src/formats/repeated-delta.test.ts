import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "../chat/event.ts";
import { repeatedDelta } from "./repeated-delta.ts";

const frameOf = (text: string, more: object = {}) =>
  JSON.stringify({
    type: "content_block_delta",
    index: 3,
    delta: { type: "text_delta", text },
    ...more,
  });
const delta = (text: string): ChatEvent => ({ type: "text-delta", index: 3, text });

const BEFORE = ": before\n\n";

/** Reads frames by a parser that comes to these events, and counts how often it is asked. */
function reader(
  eventsOf = (frame: string): readonly ChatEvent[] => [delta(JSON.parse(frame).delta.text)],
  lineEnd = "\n",
) {
  let parsed = 0;
  const repeated = repeatedDelta();
  return {
    read(frame: string): readonly ChatEvent[] {
      const events: ChatEvent[] = [];
      const text = `${BEFORE}data: ${frame}${lineEnd}${lineEnd}data: after`;
      const end = repeated.skim(text, BEFORE.length, events);
      if (end >= 0) {
        expect(text.slice(end)).toBe("data: after");
        return events;
      }
      parsed += 1;
      events.push(...eventsOf(frame));
      repeated.learn("data: ", frame, events, 0);
      return events;
    },
    parsed: () => parsed,
  };
}

test("whatever the texts are, a delta reads as if it had been parsed", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("", '"', "\\", "text", "}"),
  );
  const frame = fc.tuple(text, fc.constantFrom({}, { index: 4 }, { p: "abc" }, { p: "text" }));
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
      const { read } = reader();
      for (const [said, more] of frames) expect(read(frameOf(said, more))).toEqual([delta(said)]);
    }),
  );
});

test.each(["\n", "\r\n"])("one delta is parsed, and those like it are not, at %j", (lineEnd) => {
  const { read, parsed } = reader(undefined, lineEnd);
  for (const said of ["one", " two", " drei", " “four”"])
    expect(read(frameOf(said))).toEqual([delta(said)]);
  expect(parsed()).toBe(1);
});

test("an escape, or another string that reads the same, teaches nothing", () => {
  const { read, parsed } = reader(() => [delta("abc")]);
  const frames = [frameOf("a\nb"), frameOf("text"), `{"abc":"\\u0061bc"}`];
  for (const frame of [...frames, ...frames]) read(frame);
  for (const frame of frames) for (const _ of "12") read(frame);
  expect(parsed()).toBe(4 * frames.length);
});

test("only a frame that came to one text delta teaches", () => {
  const logprobs: ChatEvent = { type: "text-delta", index: 3, text: "abc", logprobs: [] };
  for (const events of [[], [delta("abc"), delta("abc")], [logprobs]]) {
    const { read, parsed } = reader(() => events);
    for (const _ of "12") expect(read(frameOf("abc"))).toEqual(events);
    expect(parsed()).toBe(2);
  }
});
