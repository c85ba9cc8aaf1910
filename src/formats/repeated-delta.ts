import type { ChatEvent } from "../chat/event.ts";

/** A string that stands in JSON as it is (RFC 8259 §7). */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\uffff]+$/;

/**
 * Most frames of a stream are the one before with another text. Once a frame has been parsed that came
 * to one text delta and nothing else, a frame that differs from it in that string alone need not be
 * parsed. For readers to which it is all one what a delta says.
 */
export function repeatedDelta() {
  let index = 0;
  let head = "";
  let tail = "";

  return {
    /** The delta of a frame like the one that was learned. */
    read(frame: string): ChatEvent | undefined {
      if (head === "" || !frame.startsWith(head) || !frame.endsWith(tail)) return undefined;
      const text = frame.slice(head.length, -tail.length);
      const isSame = frame.length > head.length + tail.length && PLAIN.test(text);
      return isSame ? { type: "text-delta", index, text } : undefined;
    },
    /** Notes a frame that was parsed, and the events that came of it. */
    learn(frame: string, events: readonly ChatEvent[], from: number): void {
      head = "";
      const event = events[from];
      if (events.length !== from + 1 || event?.type !== "text-delta" || event.logprobs) return;
      // With an escape anywhere, what looks like the text may be something else.
      if (frame.includes("\\") || !PLAIN.test(event.text)) return;
      const literal = `"${event.text}"`;
      const at = frame.indexOf(literal);
      if (at < 0 || frame.includes(literal, at + 1)) return;
      index = event.index;
      head = frame.slice(0, at + 1);
      tail = frame.slice(at + literal.length - 1);
    },
  };
}
