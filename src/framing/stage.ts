/**
 * A synchronous step of a stream: no promise per item. `push` takes one item and gives what became
 * ready; `end` gives what was still held. A stage that reads bytes holds the split law: however the
 * bytes are cut, the outputs joined are the same.
 */
export interface Stage<In, Out> {
  push(item: In): readonly Out[];
  end(): readonly Out[];
}

/** A part of a stream on its way out. Text becomes bytes once, for all that leaves together. */
export type Piece = string | Uint8Array;

const encoder = new TextEncoder();

/** All pieces in one: text where all are. */
export function onePiece(pieces: readonly Piece[]): Piece {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece !== "string") return joined(pieces);
    text += piece;
  }
  return text;
}

/** All pieces as bytes. */
export function joined(pieces: readonly Piece[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return bytesOf(only);
  return pieces.every((piece) => typeof piece === "string")
    ? encoder.encode(pieces.join(""))
    : joinedBytes(pieces.map(bytesOf));
}

export function bytesOf(piece: Piece): Uint8Array {
  return typeof piece === "string" ? encoder.encode(piece) : piece;
}

function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
