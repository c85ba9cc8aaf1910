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

/** Reads frames as a decoder does: what is not known is parsed, and learned. */
function reader() {
  const repeated = repeatedDelta();
  let parsed = 0;
  return {
    read(frame: string): ChatEvent {
      const known = repeated.read(frame);
      if (known) return known;
      parsed += 1;
      const event = delta(JSON.parse(frame).delta.text);
      repeated.learn(frame, [event], 0);
      return event;
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
      for (const [said, more] of frames) expect(read(frameOf(said, more))).toEqual(delta(said));
    }),
  );
});

test("one delta is parsed, and those like it are not", () => {
  const { read, parsed } = reader();
  for (const said of ["one", " two", " drei", " “four”"])
    expect(read(frameOf(said))).toEqual(delta(said));
  expect(parsed()).toBe(1);
});

test("an escape, or another string that reads the same, teaches nothing", () => {
  const repeated = repeatedDelta();
  for (const frame of [frameOf("a\nb"), frameOf("text"), `{"abc":"\\u0061bc"}`]) {
    repeated.learn(frame, [delta("abc")], 0);
    expect(repeated.read(frame)).toBeUndefined();
  }
});

test("only a frame that came to one text delta teaches", () => {
  const repeated = repeatedDelta();
  const logprobs: ChatEvent = { type: "text-delta", index: 3, text: "abc", logprobs: [] };
  for (const events of [[], [delta("abc"), delta("abc")], [logprobs]]) {
    repeated.learn(frameOf("abc"), events, 0);
    expect(repeated.read(frameOf("abc"))).toBeUndefined();
  }
});
