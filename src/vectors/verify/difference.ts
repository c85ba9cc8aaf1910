/** What stands in one question and not in the other, or stands otherwise. */
export const DIFFERENCES = [
  "length",
  "literal",
  "language",
  "number",
  "negation",
  "question",
  "name",
  "opposite",
  "word",
  "order",
] as const;

export type Difference = (typeof DIFFERENCES)[number];
