/** Where a token's id is found by its letters; `models/minilm/distill.py` says how it is built. */
export interface TokenIndex {
  readonly fingerprints: Uint32Array;
  /** One more than the id; 0 where there is none. */
  readonly ids: Uint16Array;
  /** UTF-16 units of the longest token. */
  readonly longest: number;
}

/**
 * The ids of a text's tokens, word by word, found as they are asked for. Text is split as BERT splits it
 * where case and accents count for nothing (https://github.com/google-research/bert#tokenization): into words
 * and single signs, and of each word the longest pieces that there are. A word that has none gives no token.
 */
export function* wordPieces(text: string, index: TokenIndex): Generator<readonly number[]> {
  for (const [word] of folded(text).matchAll(WORD_OR_SIGN)) {
    if (lengthOf(word) <= MAX_WORD_LENGTH) yield piecesOf(word, index);
  }
}

/** A longer word is no word. */
const MAX_WORD_LENGTH = 100;

const PLAIN = /^[\t\n\r\x20-\x7e]*$/;

/** Without case, accents and what cannot be seen. */
function folded(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return (
    text
      .replace(UNSEEN, "")
      .normalize("NFD")
      .replace(/\p{Mn}/gu, "")
      // At the end of a word it would become another letter.
      .replaceAll("Σ", "σ")
      .toLowerCase()
  );
}

/** Control characters but white space, and what stands for a character that was lost. */
const UNSEEN = /[^\P{Cc}\t\n\r]|[\p{Cf}\p{Co}\ufffd]/gu;

/** Ideographs stand alone, as do ASCII's signs and all punctuation; the rest hangs together up to white space. */
const IDEOGRAPHS =
  "\\u4e00-\\u9fff\\u3400-\\u4dbf\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}\\u{2b740}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\uf900-\\ufaff\\u{2f800}-\\u{2fa1f}";
const SIGNS = "!-\\/:-@\\[-`\\{-~\\p{P}";
const WORD_OR_SIGN = new RegExp(`[${IDEOGRAPHS}${SIGNS}]|[^\\s${IDEOGRAPHS}${SIGNS}]+`, "gu");

/** In characters, which may be two units each. */
function lengthOf(word: string): number {
  return word.length <= MAX_WORD_LENGTH ? word.length : Array.from(word).length;
}

function piecesOf(word: string, index: TokenIndex): readonly number[] {
  const ids: number[] = [];
  let at = 0;
  while (at < word.length) {
    const found = longestPiece(word, at, index);
    // What is not known to its last letter is not known at all.
    if (!found) return [];
    ids.push(found.id);
    at = found.end;
  }
  return ids;
}

interface Piece {
  readonly id: number;
  readonly end: number;
}

/** One walk along the letters has the hashes of all that the piece could be. */
function longestPiece(word: string, at: number, index: TokenIndex): Piece | undefined {
  const { fingerprints, ids, longest } = index;
  const last = fingerprints.length - 1;
  let hash = at === 0 ? 0x811c9dc5 : 0x01000193;
  let fingerprint = at === 0 ? 17 : 19;
  let found: Piece | undefined;
  const limit = Math.min(word.length, at + longest);
  for (let end = at + 1; end <= limit; end += 1) {
    const unit = word.charCodeAt(end - 1);
    hash = Math.imul(hash ^ unit, 0x01000193);
    fingerprint = (Math.imul(fingerprint, 0x9e3779b1) + unit) >>> 0;
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const id = ids[slot] ?? 0;
      if (id === 0) break;
      if (fingerprints[slot] !== fingerprint) continue;
      found = { id: id - 1, end };
      break;
    }
  }
  return found;
}
