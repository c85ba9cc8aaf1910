export interface Word {
  /** In lower case. */
  readonly text: string;
  readonly kind: WordKind;
}

/** `name`: with a capital inside a sentence, or with signs that no word has. `acronym`: "US" is not "us". */
export type WordKind = "word" | "name" | "acronym" | "number" | "sign";

const OPENING = /^[\p{Ps}\p{Pi}\p{Po}'¿¡]+(?=[\p{L}\p{N}~/])/u;
const CLOSING = /\p{P}+$/u;
const IDENTIFIER = /[_@\\]|::|:\/\/|\p{L}\.\p{L}|^(?:~|\.{1,2})?\/|^--?\p{L}|\p{L}\(/u;
const DOTTED = /^(?:\p{L}\.){2,}\p{L}?$/u;
const PIECE =
  /((?<![\p{L}\p{N}])[-−]?\p{Nd}+(?:[.,:]\p{Nd}+)*)|(\p{L}[\p{L}\p{M}\p{Nd}]*(?:\+\+|#)?)|([^\s\p{L}\p{M}\p{N}\p{P}]|[%&#@*])/gu;
const ENDS_SENTENCE = /[.!?:;"“。！？]$/u;
const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Where no spaces stand between words, a dictionary finds them; the script decides which. */
const SEGMENTER = new Intl.Segmenter("ja", { granularity: "word" });

/** The words, numbers and signs of a text, in order; punctuation is gone. Time is linear in its length. */
export function wordsOf(prose: string): Word[] {
  const isShouted = prose === prose.toUpperCase();
  const words: Word[] = [];
  let startsSentence = true;
  for (const chunk of prose.split(/[\s–—]+/u)) {
    if (chunk === "") continue;
    for (const { text, kind } of SPACELESS.test(chunk) ? segments(chunk) : pieces(chunk)) {
      const isPlain = isShouted ? kind !== "number" && kind !== "sign" : kind === "name";
      words.push({ text: text.toLowerCase(), kind: isPlain && startsSentence ? "word" : kind });
      startsSentence = isShouted;
    }
    startsSentence ||= ENDS_SENTENCE.test(chunk);
  }
  return words;
}

function pieces(chunk: string): Word[] {
  const opened = chunk.replace(OPENING, "");
  const undotted = DOTTED.test(opened) ? opened.replaceAll(".", "") : opened;
  const closed = undotted.replace(CLOSING, "");
  if (IDENTIFIER.test(closed)) return [{ text: closed, kind: "acronym" }];
  return Array.from(undotted.matchAll(PIECE), ([, number, word, sign]): Word => {
    if (number !== undefined) return { text: number.replace("−", "-"), kind: "number" };
    if (word === undefined) return { text: sign ?? "", kind: "sign" };
    return { text: word, kind: isAcronym(word) ? "acronym" : isName(word) ? "name" : "word" };
  });
}

function isAcronym(word: string): boolean {
  return word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase();
}

function isName(word: string): boolean {
  return /^\p{Lu}/u.test(word) && word.length > 1;
}

function segments(chunk: string): Word[] {
  const words: Word[] = [];
  for (const { segment, isWordLike } of SEGMENTER.segment(chunk)) {
    if (/^[\d.,:]*\d$/.test(segment)) words.push({ text: segment, kind: "number" });
    else if (isWordLike === true) words.push({ text: segment, kind: "word" });
    else if (/[^\s\p{P}]/u.test(segment)) words.push({ text: segment, kind: "sign" });
  }
  return words;
}
