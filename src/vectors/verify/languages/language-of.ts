import type { Word } from "../words.ts";
import { chinese } from "./chinese.ts";
import { english } from "./english.ts";
import { french } from "./french.ts";
import { german } from "./german.ts";
import { italian } from "./italian.ts";
import { japanese } from "./japanese.ts";
import type { Language } from "./language.ts";
import { portuguese } from "./portuguese.ts";
import { russian } from "./russian.ts";
import { spanish } from "./spanish.ts";

const LANGUAGES: readonly Language[] = [
  english,
  german,
  french,
  spanish,
  italian,
  portuguese,
  russian,
  chinese,
  japanese,
];

/** `none`: no list fits, and every word has to be met by itself. `two`: an answer would be in the wrong one. */
export type LanguageChoice = Language | "none" | "two";

/** A language counts when at least one of so many words is a filler of it. */
const WORDS_A_FILLER = 6;

/** The language of two texts, told by their small words. A few words without any follow the other text. */
export function languageOf(one: readonly Word[], other: readonly Word[]): LanguageChoice {
  const scores = LANGUAGES.map((language) => ({
    language,
    left: fillersIn(one, language),
    right: fillersIn(other, language),
  }));
  const [left, right] = [best(scores, "left"), best(scores, "right")];
  const both = scores.reduce((most, score) => {
    return score.left + score.right > most.left + most.right ? score : most;
  });
  if (both.left + both.right < (one.length + other.length) / WORDS_A_FILLER) return "none";
  const isForeign = (own: number, here: number) => own >= 2 && own > 2 * here;
  if (isForeign(left, both.left) || isForeign(right, both.right)) return "two";
  return both.language;
}

function best(scores: readonly Score[], side: "left" | "right"): number {
  return Math.max(...scores.map((score) => score[side]));
}

interface Score {
  readonly language: Language;
  readonly left: number;
  readonly right: number;
}

function fillersIn(words: readonly Word[], { fillers, openWords }: Language): number {
  return words.filter(({ text }) => fillers.has(text) || openWords.has(text)).length;
}
