import type { Annotation } from "../../chat/message.ts";

/** These citations count in the text that they stand with, and not beyond it. */
export function rangeWithin(
  { start = 0, end }: Annotation,
  { length }: string,
): { readonly start: number; readonly end: number } {
  const within = (offset: number) => Math.min(Math.max(offset, 0), length);
  return { start: within(start), end: within(end ?? length) };
}
