import { type TokenTable, tokenTable } from "./token-table.ts";
import { wordPieces } from "./word-pieces.ts";

/** Of a longer text a mean says nothing more. */
const MAX_CHARACTERS = 32_768;

/** Some three tenths of a millisecond's work; then others have their turn. */
const TOKENS_AT_ONCE = 1_024;

/**
 * One vector for each text, of `dimensions` numbers: 1 to 256, the last of which say the least. Of a text
 * the first 32,768 characters count; however long they are, others have their turn meanwhile.
 */
export type MeansOfTokens = (texts: readonly string[], dimensions: number) => Promise<Means>;

interface Means {
  readonly vectors: readonly Float32Array[];
  readonly promptTokens: number;
}

/** The local model, once its file is read. Rejects where that cannot be. */
export async function readMeansOfTokens(): Promise<MeansOfTokens> {
  const file = Bun.file(new URL("./all-minilm-l6-v2.table", import.meta.url));
  const table = tokenTable(await file.arrayBuffer());
  return (texts, dimensions) => meansOfTokens(texts, dimensions, table);
}

/** The mean of the vectors of each text's tokens, made to have length 1. */
async function meansOfTokens(
  texts: readonly string[],
  dimensions: number,
  { index, rows, scales, dimensions: width }: TokenTable,
): Promise<Means> {
  if (dimensions < 1 || dimensions > width) {
    throw new RangeError(`the local model's vectors have 1 to ${width} numbers, not ${dimensions}`);
  }
  let promptTokens = 0;
  let sincePause = 0;
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    const sum = new Float32Array(dimensions);
    let tokens = 0;
    for (const ids of wordPieces(text.slice(0, MAX_CHARACTERS), index)) {
      for (const id of ids) add(sum, rows, id * width, scales[id] ?? 0);
      tokens += ids.length;
      // A word that is not known takes its time too.
      sincePause += Math.max(1, ids.length);
      if (sincePause < TOKENS_AT_ONCE) continue;
      sincePause = 0;
      await othersTurn();
    }
    promptTokens += tokens;
    vectors.push(normalised(tokens > 0 ? sum : ownDirection(text, sum)));
  }
  return { vectors, promptTokens };
}

function add(sum: Float32Array, rows: Int8Array, from: number, scale: number): void {
  for (let at = 0; at < sum.length; at += 1) {
    sum[at] = (sum[at] ?? 0) + (rows[from + at] ?? 0) * scale;
  }
}

function normalised(vector: Float32Array): Float32Array {
  let square = 0;
  for (const value of vector) square += value * value;
  const length = Math.sqrt(square) || 1;
  return vector.map((value) => value / length);
}

/**
 * A text of which the vocabulary has nothing, such as an emoji, is near nothing but itself: it has a
 * direction that is drawn from its letters.
 */
function ownDirection(text: string, vector: Float32Array): Float32Array {
  let state = 0x811c9dc5;
  for (let at = 0; at < Math.min(text.length, MAX_CHARACTERS); at += 1) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  return vector.map(() => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return state / 2 ** 31;
  });
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
