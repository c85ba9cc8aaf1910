/** Longer sentences, and texts without any, are cut between words: rules have 500 characters at most. */
const MAX_SENTENCE = 500;
/** Texts up to here are compared whole too; of longer ones a vector says too little. Some models read no more. */
const MAX_WHOLE = 2_000;
/** In one call. */
const MAX_WINDOWS = 512;

/** Invisible letters say nothing to a reader, and would make another word of what they stand in. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}+/gu;
const BLANKS = /[^\S\n]+/g;
const HAS_WORDS = /[\p{L}\p{N}\p{S}]/u;
/** Between sentences: blanks behind what ends one, nothing in scripts that write none, and the end of a line. */
const BORDER =
  /(?<=\p{Sentence_Terminal}[\p{Pe}\p{Pf}"']*)(?: |(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]))|\n+/u;

/** A text as it is compared: in letters of one form, without what cannot be seen. */
export function plain(text: string): string {
  return text.normalize("NFKC").replace(INVISIBLE, "").replace(BLANKS, " ").trim();
}

/** The sentences of a plain text; one that is too long is cut. */
export function sentencesOf(text: string): readonly string[] {
  const sentences = text.split(BORDER).map((sentence) => sentence.trim());
  return sentences.filter((sentence) => HAS_WORDS.test(sentence)).flatMap(piecesOf);
}

/**
 * The parts of texts that are compared with rules, so that much else around a few words does not hide them: each text,
 * each sentence, and as many neighbouring sentences as rules have. Of very much text they are coarser. Undefined where it
 * is more than can be compared.
 */
export function windowsOf(
  texts: readonly string[],
  sentencesOfRules: readonly number[],
): readonly string[] | undefined {
  const windows = new Set<string>();
  const units = new Set<string>();
  for (const text of texts.map(plain)) {
    if (text.length <= MAX_WHOLE && HAS_WORDS.test(text)) windows.add(text);
    const sentences = sentencesOf(text);
    for (const sentence of sentences) units.add(sentence);
    for (const count of sentencesOfRules) {
      for (let at = 0; count > 1 && at + count <= sentences.length; at++) {
        windows.add(sentences.slice(at, at + count).join(" "));
      }
    }
  }
  for (const unit of units) windows.add(unit);
  return windows.size <= MAX_WINDOWS ? [...windows] : coarse([...units]);
}

function coarse(units: readonly string[]): readonly string[] | undefined {
  for (let length = MAX_SENTENCE; length <= MAX_WHOLE; length += MAX_SENTENCE) {
    const packed = packedInto(units, length);
    if (packed.length <= MAX_WINDOWS) return packed;
  }
  return undefined;
}

function packedInto(units: readonly string[], maxLength: number): readonly string[] {
  const packed: string[] = [];
  let current = "";
  for (const unit of units) {
    if (current !== "" && current.length + 1 + unit.length > maxLength) {
      packed.push(current);
      current = "";
    }
    current += current === "" ? unit : `\n${unit}`;
  }
  return current === "" ? packed : [...packed, current];
}

/** Pieces that overlap by half, so that what stands across a border is seen whole. */
function piecesOf(sentence: string): readonly string[] {
  if (sentence.length <= MAX_SENTENCE) return [sentence];
  const pieces: string[] = [];
  const step = MAX_SENTENCE / 2;
  for (let start = 0; ; start += step) {
    const end = start + MAX_SENTENCE;
    pieces.push(sentence.slice(wordStart(sentence, start), wordStart(sentence, end)).trim());
    if (end >= sentence.length) return pieces.filter((piece) => piece !== "");
  }
}

/** The start of the word that stands at a place, where it is not far away: some scripts have no blanks. */
function wordStart(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const blank = text.lastIndexOf(" ", at);
  return at > 0 && at - blank < 50 ? blank + 1 : at;
}
