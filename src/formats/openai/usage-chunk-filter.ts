import { isJsonObject } from "../../chat/json.ts";
import type { Stage } from "../../framing/stage.ts";

const LF = 0x0a;
const CR = 0x0d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

const BLANK_LINE = new Uint8Array([LF, LF]);
/** The longest that a frame's end may reach back into the bytes before. */
const FRAME_END_BYTES = 3;

/** One byte is one character, so offsets in the text are offsets in the bytes. */
const latin1 = new TextDecoder("latin1");
const FRAME_END = /(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r|\n)/g;
const EMPTY_CHOICES = /"choices"\s*:\s*\[\s*\]/;
const LINE_END = /\r\n|\r|\n/;

/**
 * Takes the usage report out of an OpenAI stream whose client did not ask for one: the event whose
 * `choices` is empty and whose `usage` is an object. Every other byte stays as it came; only an
 * incomplete last event is held back. Events are parsed only when they have an empty list.
 */
export function withoutUsageChunk(): Stage<Uint8Array, Uint8Array> {
  let held: Uint8Array[] = [];
  /** What came before the current bytes, at least its end: a frame's end may be cut. */
  let before: Uint8Array = BLANK_LINE;

  function take(bytes: Uint8Array): Uint8Array {
    if (held.length === 0) return bytes;
    const whole = joined([...held, bytes]);
    held = [];
    return whole;
  }

  function push(bytes: Uint8Array): readonly Uint8Array[] {
    if (bytes.length === 0) return [];
    const end = lastFrameEnd(before, bytes);
    before =
      bytes.length < FRAME_END_BYTES ? joined([before, bytes]).subarray(-FRAME_END_BYTES) : bytes;
    if (end < 0) {
      held.push(bytes);
      return [];
    }
    const whole = take(end === bytes.length ? bytes : bytes.subarray(0, end));
    if (end < bytes.length) held.push(bytes.subarray(end));
    return filtered(whole);
  }

  return {
    push,
    end: () => (held.length === 0 ? [] : filtered(take(new Uint8Array(0)))),
  };
}

/**
 * The offset after the last blank line, or -1 where no event ends. A carriage return at the very
 * end decides nothing yet: a line feed may follow and belong to it.
 */
function lastFrameEnd(before: Uint8Array, bytes: Uint8Array): number {
  const at = (i: number) => (i >= 0 ? bytes[i] : before[before.length + i]);
  const isLineEnd = (i: number) => at(i) === LF || at(i) === CR;
  for (let i = bytes.length - 1; i >= -1; i--) {
    const byte = at(i);
    if (byte === LF && isLineEnd(at(i - 1) === CR ? i - 2 : i - 1)) return i + 1;
    const isLoneCr = byte === CR && i + 1 < bytes.length && bytes[i + 1] !== LF;
    if (isLoneCr && isLineEnd(i - 1)) return i + 1;
  }
  return -1;
}

/** `bytes` are whole events. */
function filtered(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length === 0) return [];
  if (!hasEmptyList(bytes)) return [bytes];
  const text = latin1.decode(bytes);
  if (!EMPTY_CHOICES.test(text)) return [bytes];
  const kept: Uint8Array[] = [];
  let keptFrom = 0;
  let start = 0;
  const frameEnds = [...text.matchAll(FRAME_END)].map((match) => match.index + match[0].length);
  for (const end of [...frameEnds, text.length]) {
    if (isUsageReport(text.slice(start, end))) {
      const first = afterBlankLines(text, start);
      if (first > keptFrom) kept.push(bytes.subarray(keptFrom, first));
      keptFrom = end;
    }
    start = end;
  }
  if (keptFrom < bytes.length) kept.push(bytes.subarray(keptFrom));
  return kept;
}

/** Blank lines ahead of an event may have left already, so they are no part of it. */
function afterBlankLines(text: string, start: number): number {
  let first = start;
  while (text[first] === "\n" || text[first] === "\r") first++;
  return first;
}

function hasEmptyList(bytes: Uint8Array): boolean {
  for (let i = bytes.indexOf(BRACKET_OPEN); i >= 0; i = bytes.indexOf(BRACKET_OPEN, i + 1)) {
    let next = i + 1;
    while (isBlank(bytes[next])) next++;
    if (bytes[next] === BRACKET_CLOSE) return true;
  }
  return false;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === LF || byte === CR;
}

function isUsageReport(frame: string): boolean {
  if (!EMPTY_CHOICES.test(frame)) return false;
  const data = frame
    .split(LINE_END)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length));
  const chunk = parsed(data.join("\n"));
  if (!isJsonObject(chunk) || !Array.isArray(chunk.choices)) return false;
  return chunk.choices.length === 0 && isJsonObject(chunk.usage);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
