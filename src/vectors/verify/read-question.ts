import type { Language, Phrase, Role } from "./languages/language.ts";
import type { Word } from "./words.ts";

/** What a question asks with one of its words. */
export interface Term {
  /** Equal where two words ask for the same: the lemma, or the number's value. */
  readonly key: string;
  /** Lines of synonyms that the word stands on. */
  readonly senses: readonly number[];
  readonly kind: "word" | "name" | "number" | "negation" | "question" | "sign";
}

/** A term where it stands. */
export interface PlacedTerm extends Term {
  /** As it is written, in lower case. */
  readonly text: string;
  readonly role: Role | undefined;
}

export interface Question {
  /** Words that say nothing are gone. */
  readonly terms: readonly PlacedTerm[];
  /** All words as they stand, phrases replaced by what they mean. */
  readonly words: readonly Word[];
}

/** Two texts are read with one language's words; without a language every word counts. */
export function readQuestion(words: readonly Word[], language: Language | undefined): Question {
  if (language === undefined) {
    return { words, terms: words.map((word) => placed(plainTerm(word), word, undefined)) };
  }
  const meant = withoutPhrases(words, language);
  const terms: PlacedTerm[] = [];
  let role: Role | undefined;
  for (const [at, word] of meant.entries()) {
    const before = meant[at - 1];
    const named = word.kind === "acronym" ? undefined : language.roles.get(word.text);
    const term = termOf(word, before, language);
    const last = terms.at(-1);
    if (last !== undefined && before?.text === last.text && word.text === language.possessive) {
      terms.splice(-1, 1, { ...last, role: "of" });
      role = last.role;
      continue;
    }
    if (named !== undefined) {
      nameBefore(terms, named, language);
      // "Can" of "I can" says nothing of what follows.
      const isSaid = named === "agent" && (role === "speaker" || role === "somebody");
      if (!language.rolesFollow && !isSaid) role = named;
    }
    if (term === undefined) continue;
    const isSum = isSpelled(word, language) && isSpelled(before, language);
    const sum = last === undefined || !isSum ? undefined : tensAndOnes(last, term);
    if (last !== undefined && sum !== undefined) terms.splice(-1, 1, { ...last, ...sum });
    else terms.push(placed(term, word, role));
    role = undefined;
  }
  return { words: meant, terms: withWholeVerb(terms, meant.at(-1), language) };
}

/** What a word says of the terms before it. */
function nameBefore(terms: PlacedTerm[], named: Role, { rolesFollow }: Language): void {
  const last = terms.at(-1);
  if (last !== undefined && last.role === undefined) {
    if (rolesFollow) terms.splice(-1, 1, { ...last, role: named });
    // "Miles to kilometres" says "from" of the miles.
    else if (named === "to") terms.splice(-1, 1, { ...last, role: "from" });
  }
  if (named !== "subject") return;
  // "Can it be sent" does not say by whom.
  const acting = terms.findLastIndex((term) => term.role === "agent");
  const agent = terms[acting];
  if (agent !== undefined) terms.splice(acting, 1, { ...agent, role: "subject" });
}

/** A particle at the end belongs to the first word that counts: the verb stands second in a question. */
function withWholeVerb(
  terms: readonly PlacedTerm[],
  end: Word | undefined,
  { particles }: Language,
): readonly PlacedTerm[] {
  const [verb, ...others] = terms;
  if (verb === undefined || end === undefined || !particles.has(end.text)) return terms;
  const kept = others.at(-1)?.text === end.text ? others.slice(0, -1) : others;
  return [{ ...verb, key: end.text + verb.key, senses: [] }, ...kept];
}

function placed(term: Term, { text }: Word, role: Role | undefined): PlacedTerm {
  return { ...term, text, role };
}

function plainTerm({ text, kind }: Word): Term {
  return { key: text, senses: [], kind: kind === "acronym" ? "name" : kind };
}

/** Behind a number these are units; elsewhere, what an apostrophe has parted from a word. */
const UNIT = /^(?:[^aeiouy]|am)$/;

function termOf(word: Word, before: Word | undefined, language: Language): Term | undefined {
  const { text, kind } = word;
  if (kind === "number") return number(plainDigits(text, language));
  if (kind === "sign") return plainTerm(word);
  const spelled = language.numbers.get(text);
  if (spelled !== undefined) return number(String(spelled));
  const month = language.months.get(text);
  if (month !== undefined && (kind === "name" || before?.kind === "number")) {
    return { key: `month ${month}`, senses: [], kind: "number" };
  }
  if (kind !== "acronym") {
    if (language.negations.has(text)) return { key: "not", senses: [], kind: "negation" };
    const isUnit = before?.kind === "number" && UNIT.test(text);
    if (language.fillers.has(text) && !isUnit) return undefined;
  }
  const key = language.lemma(text);
  const senses = language.senses.get(key) ?? [];
  if (language.questions.has(text)) return { key, senses, kind: "question" };
  const isName = kind === "acronym" || (kind === "name" && isNameIn(language, key));
  return { key, senses, kind: isName ? "name" : "word" };
}

function isNameIn({ capitals, capitalsAreNames }: Language, key: string): boolean {
  return capitalsAreNames && !capitals.has(key);
}

function number(value: string): Term {
  return { key: value, senses: [], kind: "number" };
}

/** "1,000" is "1000", with the signs as the language has them; "3.10" is a version and stays. */
function plainDigits(digits: string, { decimalSign }: Language): string {
  const groups = decimalSign === "." ? /,(?=\d{3}(?:\D|$))/g : /\.(?=\d{3}(?:\D|$))/g;
  const plain = digits.replace(groups, "");
  return decimalSign === "," ? plain.replace(",", ".") : plain;
}

function isSpelled(word: Word | undefined, { numbers }: Language): boolean {
  return word !== undefined && numbers.has(word.text);
}

function tensAndOnes(last: Term, next: Term): Term | undefined {
  const [tens, ones] = [Number(last.key), Number(next.key)];
  const isSum = tens >= 20 && tens <= 90 && ones >= 1 && ones <= 9;
  return isSum ? number(String(tens + ones)) : undefined;
}

function withoutPhrases(words: readonly Word[], language: Language): readonly Word[] {
  const meant: Word[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at];
    if (word === undefined) break;
    const phrase = language.phrases.get(word.text)?.find((one) => standsAt(one, words, at));
    if (phrase === undefined) {
      meant.push(word);
      at += 1;
    } else {
      meant.push(...phrase.meaning.map((text): Word => ({ text, kind: "word" })));
      at += phrase.words.length;
    }
  }
  return meant;
}

function standsAt(phrase: Phrase, words: readonly Word[], at: number): boolean {
  return phrase.words.every((text, index) => words[at + index]?.text === text);
}
