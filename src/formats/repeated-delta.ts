import type { ChatEvent } from "../chat/event.ts";

/** A string that stands in JSON as it is (RFC 8259 §7). */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\uffff]+$/;

type ReadFrame = (frame: string, events: ChatEvent[]) => void;

/**
 * Most frames of a stream are the one before with another text. Once `parse` has come to one text delta
 * and nothing else, a frame that differs from that one in this string alone is read without it. For
 * readers to which it is all one what a delta says.
 */
export function repeatedDelta(parse: ReadFrame): ReadFrame {
  let index = 0;
  let head = "";
  let tail = "";

  /** The delta of a frame like the one that was learned. */
  function known(frame: string): ChatEvent | undefined {
    if (head === "" || !frame.startsWith(head) || !frame.endsWith(tail)) return undefined;
    const text = frame.slice(head.length, -tail.length);
    const isSame = frame.length > head.length + tail.length && PLAIN.test(text);
    return isSame ? { type: "text-delta", index, text } : undefined;
  }

  function learn(frame: string, event: ChatEvent | undefined) {
    head = "";
    if (event?.type !== "text-delta" || event.logprobs) return;
    // With an escape anywhere, what looks like the text may be something else.
    if (frame.includes("\\") || !PLAIN.test(event.text)) return;
    const literal = `"${event.text}"`;
    const at = frame.indexOf(literal);
    if (at < 0 || frame.includes(literal, at + 1)) return;
    index = event.index;
    head = frame.slice(0, at + 1);
    tail = frame.slice(at + literal.length - 1);
  }

  return (frame, events) => {
    const delta = known(frame);
    if (delta) {
      events.push(delta);
      return;
    }
    const before = events.length;
    parse(frame, events);
    learn(frame, events.length === before + 1 ? events[before] : undefined);
  };
}
