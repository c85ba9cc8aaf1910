import type { Stage } from "./stage.ts";

const LF = 10;
const CR = 13;

/**
 * Passes an event stream's bytes on unchanged, but never ends a piece inside an event: what is
 * appended after a broken stream then starts on a line of its own. Holds back at most one
 * unfinished event; past `maxHeldBytes` it is let go as it is.
 */
export function sseWholeEvents(maxHeldBytes = 8 * 1024 * 1024): Stage<Uint8Array, Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  function release(): readonly Uint8Array[] {
    const whole = held;
    held = [];
    heldBytes = 0;
    return whole;
  }

  return {
    push(chunk) {
      const end = lastEventEnd(chunk, held[held.length - 1]);
      if (end === chunk.length) {
        if (heldBytes === 0) return [chunk];
        return [...release(), chunk];
      }
      const rest = chunk.subarray(end);
      const out = end === 0 ? [] : [...release(), chunk.subarray(0, end)];
      held.push(rest);
      heldBytes += rest.length;
      return heldBytes > maxHeldBytes ? [...out, ...release()] : out;
    },
    end: () => release(),
  };
}

/** Where the last finished event of `chunk` ends: just behind its blank line; 0 where none ends here. */
function lastEventEnd(chunk: Uint8Array, before: Uint8Array | undefined): number {
  for (let at = chunk.length - 1; at >= 0; at--) {
    at = lastLineEnd(chunk, at);
    if (at < 0) return 0;
    if (endsBlankLine(chunk, at, before)) return at + 1;
  }
  return 0;
}

function lastLineEnd(chunk: Uint8Array, from: number): number {
  return Math.max(chunk.lastIndexOf(LF, from), chunk.lastIndexOf(CR, from));
}

/** Whether the line end at `at` closes an empty line; looks back into the piece before where needed. */
function endsBlankLine(chunk: Uint8Array, at: number, before: Uint8Array | undefined): boolean {
  const byteAt = (index: number) => (index >= 0 ? chunk[index] : before?.[before.length + index]);
  const lineEnd = byteAt(at);
  const previous = byteAt(at - 1);
  if (lineEnd === LF && previous === CR) {
    const third = byteAt(at - 2);
    return third === LF || third === CR;
  }
  return previous === LF || previous === CR;
}

const D = 0x64;
const A = 0x61;
const T = 0x74;
const COLON = 0x3a;

/**
 * Where, in bytes that begin with a server-sent event, the first `count` of those that have data end:
 * behind their blank lines. The length of the bytes where there are not so many.
 */
export function eventsEnd(bytes: Uint8Array, count: number): number {
  let seen = 0;
  let hasData = false;
  let at = 0;
  while (seen < count && at < bytes.length) {
    const end = lineEnd(bytes, at);
    if (end > at) hasData ||= isData(bytes, at, end);
    else if (hasData) {
      seen++;
      hasData = false;
    }
    at = bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;
  }
  return Math.min(at, bytes.length);
}

/** Where the last event that has data begins; 0 where none has. */
export function lastEventAt(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0) {
    const { start, hasData } = eventBefore(bytes, end);
    if (hasData) return start;
    end = start;
  }
  return 0;
}

/** The event whose blank line, or whose own last line, ends at `end`; read line by line, backwards. */
function eventBefore(bytes: Uint8Array, end: number): { start: number; hasData: boolean } {
  let hasData = false;
  let lineEndAt = end;
  while (lineEndAt > 0 && isLineEnd(bytes[lineEndAt - 1])) lineEndAt--;
  for (;;) {
    let start = lineEndAt;
    while (start > 0 && !isLineEnd(bytes[start - 1])) start--;
    hasData ||= isData(bytes, start, lineEndAt);
    if (start === 0) return { start, hasData };
    lineEndAt = bytes[start - 1] === LF && bytes[start - 2] === CR ? start - 2 : start - 1;
    if (lineEndAt === 0 || isLineEnd(bytes[lineEndAt - 1])) return { start, hasData };
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}

/** A mark of the byte order may stand before the first line. */
function isData(bytes: Uint8Array, from: number, end: number): boolean {
  const start = from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : from;
  const after = start + 4;
  return (
    bytes[start] === D &&
    bytes[start + 1] === A &&
    bytes[start + 2] === T &&
    bytes[start + 3] === A &&
    (after === end || bytes[after] === COLON)
  );
}
