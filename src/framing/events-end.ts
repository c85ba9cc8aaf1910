const LF = 0x0a;
const CR = 0x0d;
const DATA = [0x64, 0x61, 0x74, 0x61];
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

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}

/** A mark of the byte order may stand before the first line. */
function isData(bytes: Uint8Array, from: number, end: number): boolean {
  const start = from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : from;
  if (DATA.some((byte, i) => bytes[start + i] !== byte)) return false;
  const after = start + DATA.length;
  return after === end || bytes[after] === COLON;
}
