/** Of longer texts a vector says too little, and some models read no further. */
const MAX_WHOLE = 2_000;
/** In one call. */
const MAX_WINDOWS = 1_024;
/** Of windows over very much text. */
const COARSE_LENGTHS = [500, 1_000, MAX_WHOLE] as const;
/** In one call: a longer prompt would keep all others waiting. */
export const MAX_LETTERS = (MAX_WINDOWS * MAX_WHOLE) / 2;
/** Nobody says anything in fewer letters. */
const MIN_LENGTH = 32;

/** Invisible letters say nothing to a reader, and would make another word of what they stand in. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}+/gu;
const BLANKS = /[^\S\n]+/g;
const HAS_WORDS = /[\p{L}\p{N}\p{S}]/u;
/** Between sentences: blanks behind what ends one, nothing in scripts that write none, and the end of a line. */
const BORDER =
  /(?<=\p{Sentence_Terminal}[\p{Pe}\p{Pf}"']{0,3})(?: |(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]))|\n+/u;

/** A text as it is compared: in letters of one form, without what cannot be seen. */
export function plain(text: string): string {
  return text.normalize("NFKC").replace(INVISIBLE, "").replace(BLANKS, " ").trim();
}

/** The sentences of a plain text. */
export function sentencesOf(text: string): readonly string[] {
  const sentences = text.split(BORDER).map((sentence) => sentence.trim());
  return sentences.filter((sentence) => HAS_WORDS.test(sentence));
}

/** How long windows are so that each of some rules fills one by half at least: a power of two, in letters. */
export function lengthsFor(rules: readonly string[]): readonly number[] {
  const lengths = rules.map((rule) => Math.max(MIN_LENGTH, plain(rule).length));
  return [...new Set(lengths.map((length) => 2 ** Math.ceil(Math.log2(length))))];
}

/**
 * The parts of texts that are compared with rules, so that much else around a few words does not hide them: each text,
 * each sentence, and whatever stands in windows of these lengths, wherever a sentence ends. Of very much text they are
 * coarser. Undefined where it is more than can be compared.
 */
export function windowsOf(
  texts: readonly string[],
  lengths: readonly number[],
): readonly string[] | undefined {
  const said = texts.map(plain).filter((text) => HAS_WORDS.test(text));
  const windows = new Set<string>();
  for (const text of said) {
    for (const whole of [text, ...sentencesOf(text)]) {
      if (whole.length <= MAX_WHOLE) windows.add(whole);
    }
    for (const length of lengths) for (const piece of piecesOf(text, length)) windows.add(piece);
    if (windows.size > MAX_WINDOWS) return coarse(said.join("\n"));
  }
  return [...windows];
}

function coarse(text: string): readonly string[] | undefined {
  for (const length of COARSE_LENGTHS) {
    if (text.length > (MAX_WINDOWS * length) / 2) continue;
    return piecesOf(text, length);
  }
  return undefined;
}

/** Pieces that overlap by half, so that what stands across a border is seen whole, and end between words. */
function piecesOf(text: string, length: number): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; start += length / 2) {
    pieces.push(text.slice(wordStart(text, start), wordStart(text, start + length)).trim());
    if (start + length >= text.length) break;
  }
  return pieces.filter((piece) => HAS_WORDS.test(piece));
}

/** The start of the word that stands at a place, where it is not far away: some scripts have no blanks. */
function wordStart(text: string, at: number): number {
  if (at === 0 || at >= text.length) return at;
  const from = Math.max(0, at - MIN_LENGTH / 2);
  const blank = text.slice(from, at).lastIndexOf(" ");
  return blank < 0 ? at : from + blank + 1;
}
