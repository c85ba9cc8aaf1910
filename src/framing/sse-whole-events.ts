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
