import type { ChatEvent } from "../chat/event.ts";

/** A string that stands in JSON as it is (RFC 8259 §7). */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\uffff]+$/;
const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface RepeatedDelta {
  /** Learns from an event's JSON, `lead` before it, and what it came to: the events from `before` on. */
  learn(lead: string, json: string, events: readonly ChatEvent[], before: number): void;
  /** Reads the frame that begins at `at` where it is one like what was learned; gives its end, or -1. */
  skim(text: string, at: number, events: ChatEvent[]): number;
}

/**
 * Most frames of a stream are the one before with another text. Once a server-sent event has come to
 * one text delta and nothing else, an event that differs from it in this string alone is read without
 * being taken apart. For readers to which it is all one what a delta says.
 */
export function repeatedDelta(): RepeatedDelta {
  let index = 0;
  let head = "";
  let tail = "";

  return {
    learn(lead, json, events, before) {
      head = "";
      const event = events.length === before + 1 ? events[before] : undefined;
      if (event?.type !== "text-delta" || event.logprobs) return;
      // With an escape anywhere, what looks like the text may be something else.
      if (json.includes("\\") || !PLAIN.test(event.text)) return;
      const literal = `"${event.text}"`;
      const at = json.indexOf(literal);
      if (at < 0 || json.includes(literal, at + 1)) return;
      index = event.index;
      head = lead + json.slice(0, at + 1);
      tail = json.slice(at + literal.length - 1);
    },

    skim(text, at, events) {
      if (head === "" || !text.startsWith(head, at)) return -1;
      const start = at + head.length;
      const end = plainEnd(text, start);
      if (end === start) return -1;
      if (!text.startsWith(tail, end)) return -1;
      const next = afterBlankLine(text, end + tail.length);
      if (next >= 0) events.push({ type: "text-delta", index, text: text.slice(start, end) });
      return next;
    },
  };
}

/** Where the run of characters ends that stand in JSON as they are (RFC 8259 §7). */
function plainEnd(text: string, start: number): number {
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code < 0x20 || code === QUOTE || code === BACKSLASH) break;
  }
  return end;
}

/** Where an event's blank line ends that begins, with the line end before it, at `at`; -1 where none does. */
function afterBlankLine(text: string, at: number): number {
  if (text.charCodeAt(at) === LF) return text.charCodeAt(at + 1) === LF ? at + 2 : -1;
  return text.startsWith("\r\n\r\n", at) ? at + 4 : -1;
}
