import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export const QUESTION_SETS = ["build", "report", "fresh"] as const;

const pairSchema = z.strictObject({
  /**
   * Word lists and rules are made looking at `build` alone; `report` is what they are judged by; `fresh` was
   * written after them, by somebody who had seen neither them nor the other pairs.
   */
  set: z.enum(QUESTION_SETS),
  label: z.enum(["paraphrase", "near miss"]),
  /** What was done to the stored question to make the one that is asked. */
  kind: z.string(),
  language: z.string(),
  stored: z.string(),
  asked: z.string(),
});

export type QuestionPair = z.infer<typeof pairSchema>;

/** Pairs of questions, labelled by whether one answer serves both. */
export function questionPairs(): readonly QuestionPair[] {
  const path = join(import.meta.dirname, "../tests/fixtures/question-pairs.jsonl");
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => pairSchema.parse(JSON.parse(line)));
}
