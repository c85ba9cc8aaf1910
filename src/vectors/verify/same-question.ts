import { isOrderSame } from "./compare-order.ts";
import { compareTerms } from "./compare-terms.ts";
import type { Difference } from "./difference.ts";
import { type LanguageChoice, languageOf } from "./languages/language-of.ts";
import { partsOf } from "./literals.ts";
import { readQuestion } from "./read-question.ts";
import { wordsOf } from "./words.ts";

export type Sameness = { same: true } | { same: false; reason: Difference };

/** UTF-16 units. Longer prompts are the same only where they are equal. */
const MAX_COMPARED_LENGTH = 20_000;

/**
 * Whether an answer to one question answers the other, judged by their words alone: the second look after a
 * search by meaning, which finds "March" near "May". Refuses what it cannot be sure of. Symmetric; every text
 * is the same as itself; time is linear in the length of the texts.
 */
export function sameQuestion(stored: string, asked: string): Sameness {
  const [one, other] = [normal(stored), normal(asked)];
  if (one === other) return { same: true };
  if (Math.max(one.length, other.length) > MAX_COMPARED_LENGTH) return different("length");
  const [left, right] = [partsOf(one), partsOf(other)];
  if (!isEqualList(left.literals, right.literals)) return different("literal");
  const [leftWords, rightWords] = [wordsOf(left.prose), wordsOf(right.prose)];
  const choice: LanguageChoice = languageOf(leftWords, rightWords);
  if (choice === "two") return different("language");
  const language = choice === "none" ? undefined : choice;
  const [a, b] = [readQuestion(leftWords, language), readQuestion(rightWords, language)];
  const compared = compareTerms(a, b, language);
  if (typeof compared === "string") return different(compared);
  return isOrderSame(a, b, compared) ? { same: true } : different("order");
}

function normal(text: string): string {
  return text.normalize("NFKC").replaceAll("\r\n", "\n").trim();
}

function different(reason: Difference): Sameness {
  return { same: false, reason };
}

function isEqualList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
