import type { Difference } from "./difference.ts";
import type { Language } from "./languages/language.ts";
import type { PlacedTerm, Question, Term } from "./read-question.ts";

/** Positions of terms that ask for the same: in the one question, in the other. */
export type Pairs = readonly (readonly [number, number])[];

/** More words without their equal are no paraphrase; the bound keeps the search for synonyms small. */
const MAX_UNPAIRED = 12;
const MIN_MISTYPED_LENGTH = 7;

/** Pairs the terms of two questions, or says why they cannot all be paired. */
export function compareTerms(
  one: Question,
  other: Question,
  language: Language | undefined,
): Pairs | Difference {
  if (one.terms.length === 0 || other.terms.length === 0) return compareFillers(one, other);
  const { pairs, left, right } = equalTerms(one.terms, other.terms);
  if (Math.max(left.length, right.length) <= MAX_UNPAIRED) {
    for (const alike of [isSynonym, isMistyped]) {
      for (const at of [...left]) {
        const met = right.find((to) => alike(one.terms[at], other.terms[to]));
        if (met === undefined) continue;
        pairs.push([at, met]);
        left.splice(left.indexOf(at), 1);
        right.splice(right.indexOf(met), 1);
      }
    }
  }
  const unpaired = [left.map((at) => one.terms[at]), right.map((at) => other.terms[at])] as const;
  const difference = unpairedDifference(unpaired[0], unpaired[1], language);
  if (difference !== undefined) return difference;
  if (pairs.some(([at, to]) => isOtherName(one.terms[at], other.terms[to]))) return "name";
  return isKindSame(one, other, language) ? pairs : "question";
}

/** Questions of fillers alone ("what is it?") are the same only in the same words. */
function compareFillers(one: Question, other: Question): Pairs | Difference {
  const [left, right] = [one, other].map(({ words }) => words.map(({ text }) => text).join(" "));
  return left === right ? [] : "word";
}

interface Pairing {
  readonly pairs: (readonly [number, number])[];
  readonly left: number[];
  readonly right: number[];
}

function equalTerms(one: readonly Term[], other: readonly Term[]): Pairing {
  const places = new Map<string, number[]>();
  for (const [at, { key }] of other.entries()) {
    const known = places.get(key);
    if (known === undefined) places.set(key, [at]);
    else known.push(at);
  }
  for (const known of places.values()) known.reverse();
  const pairs: [number, number][] = [];
  const left: number[] = [];
  for (const [at, { key }] of one.entries()) {
    const met = places.get(key)?.pop();
    if (met === undefined) left.push(at);
    else pairs.push([at, met]);
  }
  return { pairs, left, right: [...places.values()].flat().sort((a, b) => a - b) };
}

function isSynonym(one: Term | undefined, other: Term | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.senses.some((sense) => other.senses.includes(sense));
}

/** "Alien" and "Aliens" are two films, and "America" is the "USA". */
function isOtherName(one: PlacedTerm | undefined, other: PlacedTerm | undefined): boolean {
  if (one?.kind !== "name" || other?.kind !== "name") return false;
  return one.key === other.key && one.text !== other.text;
}

/** One letter left out, or two exchanged, inside a long word; "1" for "2" is never a slip. */
function isMistyped(one: PlacedTerm | undefined, other: PlacedTerm | undefined): boolean {
  if (one?.kind !== "word" || other?.kind !== "word") return false;
  const [long, short] =
    one.text.length < other.text.length ? [other.text, one.text] : [one.text, other.text];
  if (short.length < MIN_MISTYPED_LENGTH - 1 || long.length < MIN_MISTYPED_LENGTH) return false;
  let at = 0;
  while (at < short.length && long[at] === short[at]) at += 1;
  if (at === 0) return false;
  if (long.length === short.length + 1) return long.slice(at + 1) === short.slice(at);
  if (long.length !== short.length || at + 1 >= long.length) return false;
  const isExchanged = long[at] === short[at + 1] && long[at + 1] === short[at];
  return isExchanged && long.slice(at + 2) === short.slice(at + 2);
}

function unpairedDifference(
  left: readonly (Term | undefined)[],
  right: readonly (Term | undefined)[],
  language: Language | undefined,
): Difference | undefined {
  const kinds = new Set([...left, ...right].map((term) => term?.kind));
  if (kinds.size === 0) return undefined;
  if (kinds.has("sign")) return "literal";
  for (const kind of ["number", "negation", "question", "name"] as const) {
    if (kinds.has(kind)) return kind;
  }
  const isOpposed = left.some((one) =>
    right.some((other) => areOpposite(one?.key ?? "", other?.key ?? "", language)),
  );
  return isOpposed ? "opposite" : "word";
}

const CONTRARY = /^(?:un|in|im|il|ir|dis|non|de|des|mis|anti)$/;

function areOpposite(one: string, other: string, language: Language | undefined): boolean {
  if (language?.opposites.has(`${one} ${other}`)) return true;
  const [long, short] = one.length < other.length ? [other, one] : [one, other];
  return short.length > 2 && long.endsWith(short) && CONTRARY.test(long.slice(0, -short.length));
}

/** "How" is not "whether", "my" is not "your", "did" is not "will". */
function isKindSame(one: Question, other: Question, language: Language | undefined): boolean {
  if (language === undefined) return true;
  if (
    (isWhether(one, language) && isOpen(other, language)) ||
    (isOpen(one, language) && isWhether(other, language))
  ) {
    return false;
  }
  return language.exclusive.every((classes) => {
    const [left, right] = [one, other].map(({ words }) => {
      return new Set(words.flatMap(({ text }) => classes.get(text) ?? []));
    });
    if (left === undefined || right === undefined || left.size === 0 || right.size === 0)
      return true;
    return [...left].some((each) => right.has(each));
  });
}

function isWhether({ words }: Question, language: Language): boolean {
  const first = words.find(({ text }) => !language.greetings.has(text));
  return (
    first !== undefined && language.auxiliaries.has(first.text) && !hasOpenWord(words, language)
  );
}

function isOpen({ words }: Question, language: Language): boolean {
  return hasOpenWord(words, language);
}

function hasOpenWord(words: Question["words"], language: Language): boolean {
  return words.some(({ text }) => language.openWords.has(text));
}
