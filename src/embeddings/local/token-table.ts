import type { TokenIndex } from "./word-pieces.ts";

/** A vector for each token, read where the file's bytes are; `models/minilm/distill.py` says how it is written. */
export interface TokenTable {
  readonly index: TokenIndex;
  readonly dimensions: number;
  /** One row after another. */
  readonly rows: Int8Array;
  /** What each row's numbers are multiplied with. */
  readonly scales: Float32Array;
}

const MAGIC = "DTT1";
const HEAD_BYTES = 20;

/** Throws `TypeError` for bytes that are no such table. */
export function tokenTable(file: ArrayBuffer): TokenTable {
  const head = new DataView(file, 0, HEAD_BYTES);
  const magic = new TextDecoder().decode(new Uint8Array(file, 0, MAGIC.length));
  const uint = (at: number) => head.getUint32(MAGIC.length + 4 * at, true);
  const [tokens, dimensions, slots, longest] = [uint(0), uint(1), uint(2), uint(3)];
  const rowsAt = HEAD_BYTES + 4 * tokens;
  const slotsAt = rowsAt + tokens * dimensions;
  if (magic !== MAGIC || file.byteLength !== slotsAt + 6 * slots) {
    throw new TypeError("the file of the local embedding model is no token table, or is cut short");
  }
  return {
    dimensions,
    scales: new Float32Array(file, HEAD_BYTES, tokens),
    rows: new Int8Array(file, rowsAt, tokens * dimensions),
    index: {
      fingerprints: new Uint32Array(file, slotsAt, slots),
      ids: new Uint16Array(file, slotsAt + 4 * slots, slots),
      longest,
    },
  };
}
