import { sameQuestion } from "../src/vectors/verify/same-question.ts";
import { type QuestionPair, questionPairs } from "./question-pairs.ts";

interface Served {
  readonly pairs: number;
  readonly served: number;
}

/** How many of the pairs with this label pass the second look, were the vectors to find them all. */
export function servedOf(half: QuestionPair["half"], label: QuestionPair["label"]): Served {
  return countServed(questionPairs().filter((pair) => pair.half === half && pair.label === label));
}

/** What the second look at the words makes of labelled pairs, generated from the code and the pairs. */
export function semanticCacheAccuracyPage(): string {
  const pairs = questionPairs();
  return `# How often the semantic cache is right

A vector search finds questions that are near in meaning, and "approve" is nearer to "reject" than most
paraphrases are to each other. With \`verify: words\` the cache takes what the search found only if a second look
at the words passes. The numbers here are of that look alone, as if the search had found every pair; they are
counted from ${pairs.length} labelled pairs (\`tests/fixtures/question-pairs.jsonl\`). The failures of one half were
looked at while the rules were made; of the reported half, the totals. It is not quite unseen: pairs and rules have
one author, and two rules ("who does" beside "who", "I" beside "me") came from pairs of it that were remembered.
Before them it stood at 3 near misses of 98.

| | paraphrases that are served | near misses that are served |
|---|--:|--:|
${(["build", "report"] as const).map((half) => halfRow(half)).join("\n")}

A paraphrase that is not served costs a call to the model. A near miss that is served is a wrong answer.

## By what was done to the question

The reported half.

| what was done | language | label | pairs | served |
|---|---|---|--:|--:|
${kindRows(pairs.filter(({ half }) => half === "report")).join("\n")}
`;
}

function halfRow(half: QuestionPair["half"]): string {
  const name = half === "build" ? "looked at" : "reported";
  return `| ${name} | ${share(servedOf(half, "paraphrase"))} | ${share(servedOf(half, "near miss"))} |`;
}

function share({ pairs, served }: Served): string {
  return `${served} of ${pairs} (${((100 * served) / pairs).toFixed(1)} %)`;
}

function kindRows(pairs: readonly QuestionPair[]): readonly string[] {
  const groups = Map.groupBy(pairs, ({ kind, language, label }) => {
    const what = kind === "foreign" ? "as asked" : kind;
    return `${what} | ${language} | ${label}`;
  });
  return Array.from(groups, ([name, group]) => {
    const { served } = countServed(group);
    return `| ${name} | ${group.length} | ${served} |`;
  });
}

function countServed(pairs: readonly QuestionPair[]): Served {
  const served = pairs.filter(({ stored, asked }) => sameQuestion(stored, asked).same);
  return { pairs: pairs.length, served: served.length };
}
