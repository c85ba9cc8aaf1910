/** Irregular forms, each after the form that they share. */
const IRREGULAR = new Map(
  `be am is are was were been
   go goes going went gone
   buy bought
   sell sold
   win won winning
   lose lost losing
   send sent
   write wrote written writing
   break broke broken
   forget forgot forgotten
   find found
   make made making
   take took taken
   pay paid
   eat ate eaten
   drive drove driven
   choose chose chosen
   grow grew grown
   steal stole stolen
   speak spoke spoken
   begin began begun
   run ran
   come came
   see saw seen
   keep kept
   leave left
   lead led
   build built
   hold held
   catch caught
   teach taught
   think thought
   bring brought
   spend spent
   lend lent
   sleep slept
   freeze froze frozen
   fall fell fallen
   rise rose risen
   die died dying dies
   lie lying lied
   tie tying tied
   child children
   man men
   woman women
   foot feet
   tooth teeth
   mouse mice
   goose geese
   leaf leaves
   knife knives
   life lives
   wife wives
   index indices indexes
   matrix matrices
   datum data
   criterion criteria
   analysis analyses
   axis axes
   fly flew flown flies
   draw drew drawn
   wear wore worn
   ring rang rung
   sing sang sung
   drink drank drunk
   swim swam swum
   throw threw thrown
   give gave given
   hide hid hidden
   bite bit bitten
   shrink shrank shrunk`
    .split("\n")
    .flatMap((line) => {
      const [shared = "", ...forms] = line.trim().split(" ");
      return [shared, ...forms].map((form) => [form, shared] as const);
    }),
);

const VOWEL = /[aeiouy]/;

/** The form that a word's inflections share; not always a word. British and American spelling meet. */
export function englishLemma(word: string): string {
  const known = IRREGULAR.get(word);
  if (known !== undefined) return ending(known);
  if (word.length < 4) return ending(word);
  return ending(verbOf(spelling(inflected(word))));
}

function inflected(word: string): string {
  if (/[^aeiou]ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (/[^sui]s$/.test(word)) return inflected(word.slice(0, -1));
  if (/[^aeiou]ied$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  for (const suffix of ["ing", "ed", "ly"]) {
    const stem = word.slice(0, -suffix.length);
    if (word.endsWith(suffix) && stem.length > 2 && VOWEL.test(stem)) return stem;
  }
  return word;
}

/** What a long noun says is done: "translation", "treatment". */
function verbOf(word: string): string {
  if (word.length > 7 && /[aeiourlcns]tion$/.test(word)) return word.slice(0, -3);
  return word.length > 7 && word.endsWith("ment") ? word.slice(0, -4) : word;
}

function spelling(word: string): string {
  return word
    .replace(/is(?=e?$|ation$|er$)/, word.length > 6 ? "iz" : "is")
    .replace(/ys(?=e?$|er$)/, word.length > 5 ? "yz" : "ys")
    .replace(/our$/, word.length > 5 ? "or" : "our")
    .replace(/tre$/, "ter");
}

/** "make" and "mak-ing", "stop" and "stopp-ed", "try" and "tri-es" end alike. */
function ending(word: string): string {
  const open = word.length > 3 ? word.replace(/e$/, "") : word;
  return open.replace(/([b-df-hj-np-tv-z])\1$/, "$1").replace(/y$/, "i");
}
