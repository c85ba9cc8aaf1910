const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** Whether whole server-sent events end with this one; blanks and kinds of line end make no difference. */
export function endsWithEvent(pieces: readonly Uint8Array[], event: string): boolean {
  let due = lastWritten(event, event.length);
  for (let piece = pieces.length - 1; piece >= 0; piece--) {
    const bytes = pieces[piece];
    for (let at = (bytes?.length ?? 0) - 1; at >= 0; at--) {
      const byte = bytes?.[at];
      if (isBlank(byte)) continue;
      if (byte !== event.charCodeAt(due)) return false;
      due = lastWritten(event, due);
      if (due < 0) return true;
    }
  }
  return false;
}

/** Where the last of these whole events begins. */
export function lastEventAt(bytes: Uint8Array): number {
  const isLineEnd = (at: number) => bytes[at] === LF || bytes[at] === CR;
  let at = bytes.length;
  while (isLineEnd(at - 1)) at--;
  for (;;) {
    while (at > 0 && !isLineEnd(at - 1)) at--;
    const lineEnd = bytes[at - 1] === LF && bytes[at - 2] === CR ? at - 2 : at - 1;
    if (lineEnd <= 0 || isLineEnd(lineEnd - 1)) return at;
    at = lineEnd;
  }
}

/** The last character of `text` before `end` that is no blank; -1 where there is none. */
function lastWritten(text: string, end: number): number {
  let at = end - 1;
  while (at >= 0 && isBlank(text.charCodeAt(at))) at--;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === SPACE;
}
