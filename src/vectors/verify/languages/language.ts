/** What is known of a language's words. All of it only loosens: a word on no list has to be met by itself. */
export interface LanguageWords {
  readonly code: string;
  /** Words that say nothing of what is asked; they also tell the language. Separated by white space. */
  readonly fillers: string;
  /** A line each: `the phrase | another = what stands for it`, or nothing after `=`, to drop it. */
  readonly phrases: string;
  /** A line each: words that ask for the same. A word may stand on several lines. */
  readonly synonyms: string;
  /** A line each: words of which each asks for the contrary of the other. */
  readonly opposites: string;
  readonly negations: string;
  /** Words that ask for a person, a time, a place, a reason, a number. */
  readonly questions: string;
  /** `word=digits`, separated by white space. Tens and ones that follow each other are added. */
  readonly numbers: string;
  /** `word=month's number`. */
  readonly months: string;
  /** A line each, classes apart by `|`: two questions that name only different classes are not the same. */
  readonly exclusive: string;
  /** Words that begin a question to be answered by yes or no. */
  readonly auxiliaries: string;
  /** Words that ask for more than yes or no. */
  readonly openWords: string;
  /** Words before the sentence proper. */
  readonly greetings: string;
  /** `word=role` of the term that follows; of the one before, where the language puts it behind. */
  readonly roles: string;
  readonly rolesFollow?: boolean;
  /** What is behind the word whose thing the next one is: the "s" of "Anna's". */
  readonly possessive?: string;
  /** What a verb may leave at the end of the sentence: "setze … zurück" is "zurücksetzen". */
  readonly particles?: string;
  readonly decimalSign: "." | ",";
  /** A word that begins with a capital inside a sentence is a name. False of German. */
  readonly capitalsAreNames: boolean;
  /** Words with a capital that have a plural all the same. */
  readonly capitals?: string;
  /** Of one word, in lower case: the form that its inflections share. */
  lemma(word: string): string;
}

export interface Language {
  readonly code: string;
  readonly fillers: ReadonlySet<string>;
  /** By the phrase's first word, the longest first. */
  readonly phrases: ReadonlyMap<string, readonly Phrase[]>;
  /** By lemma: the lines of synonyms that it stands on. */
  readonly senses: ReadonlyMap<string, readonly number[]>;
  /** Two lemmas with a space between them, both ways round. */
  readonly opposites: ReadonlySet<string>;
  readonly negations: ReadonlySet<string>;
  readonly questions: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, number>;
  readonly months: ReadonlyMap<string, number>;
  readonly exclusive: readonly ReadonlyMap<string, number>[];
  readonly auxiliaries: ReadonlySet<string>;
  readonly openWords: ReadonlySet<string>;
  readonly greetings: ReadonlySet<string>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly rolesFollow: boolean;
  readonly possessive: string | undefined;
  readonly particles: ReadonlySet<string>;
  readonly decimalSign: "." | ",";
  readonly capitalsAreNames: boolean;
  readonly capitals: ReadonlySet<string>;
  lemma(word: string): string;
}

/**
 * What a word has to do with the one before it. `at`: the place, where it is "in" and "on" too. `agent`: who does
 * it; `speaker`, `somebody`: what they do. `clause`: what it begins with.
 */
const ROLES = [
  "from",
  "to",
  "than",
  "by",
  "of",
  "at",
  "for",
  "with",
  "about",
  "subject",
  "object",
  "agent",
  "speaker",
  "somebody",
  "clause",
] as const;
export type Role = (typeof ROLES)[number];

export interface Phrase {
  readonly words: readonly string[];
  readonly meaning: readonly string[];
}

export function defineLanguage(words: LanguageWords): Language {
  return {
    code: words.code,
    fillers: new Set(list(words.fillers)),
    phrases: phraseTable(words.phrases),
    senses: senseTable(words),
    opposites: oppositePairs(words),
    negations: new Set(list(words.negations)),
    questions: new Set(list(words.questions)),
    numbers: numberTable(words.numbers),
    months: numberTable(words.months),
    exclusive: lines(words.exclusive).map(classTable),
    auxiliaries: new Set(list(words.auxiliaries)),
    openWords: new Set([...list(words.openWords), ...list(words.questions)]),
    greetings: new Set(list(words.greetings)),
    roles: roleTable(words.roles),
    rolesFollow: words.rolesFollow ?? false,
    possessive: words.possessive,
    particles: new Set(list(words.particles ?? "")),
    decimalSign: words.decimalSign,
    capitalsAreNames: words.capitalsAreNames,
    capitals: new Set(list(words.capitals ?? "").map(words.lemma)),
    lemma: words.lemma,
  };
}

function phraseTable(text: string): ReadonlyMap<string, readonly Phrase[]> {
  const table = new Map<string, Phrase[]>();
  for (const line of lines(text)) {
    const [left = "", right = ""] = line.split("=");
    for (const words of left.split("|").map(list)) {
      const first = words[0];
      if (first === undefined) continue;
      table.set(first, [...(table.get(first) ?? []), { words, meaning: list(right) }]);
    }
  }
  for (const phrases of table.values()) phrases.sort((a, b) => b.words.length - a.words.length);
  return table;
}

function senseTable({ synonyms, lemma }: LanguageWords): ReadonlyMap<string, readonly number[]> {
  const table = new Map<string, number[]>();
  for (const [index, line] of lines(synonyms).entries()) {
    for (const word of list(line).map(lemma)) {
      table.set(word, [...(table.get(word) ?? []), index]);
    }
  }
  return table;
}

function oppositePairs({ opposites, lemma }: LanguageWords): ReadonlySet<string> {
  const pairs = new Set<string>();
  for (const line of lines(opposites)) {
    const words = list(line).map(lemma);
    for (const one of words) {
      for (const other of words) if (one !== other) pairs.add(`${one} ${other}`);
    }
  }
  return pairs;
}

function numberTable(text: string): ReadonlyMap<string, number> {
  return new Map(
    list(text).map((entry) => {
      const [word = "", digits] = entry.split("=");
      return [word, Number(digits)];
    }),
  );
}

function roleTable(text: string): ReadonlyMap<string, Role> {
  return new Map(
    list(text).flatMap((entry) => {
      const [word = "", name] = entry.split("=");
      const role = ROLES.find((each) => each === name);
      return role === undefined ? [] : [[word, role] as const];
    }),
  );
}

function classTable(line: string): ReadonlyMap<string, number> {
  const classes = line.split("|").map(list);
  return new Map(classes.flatMap((words, index) => words.map((word) => [word, index] as const)));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function list(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
