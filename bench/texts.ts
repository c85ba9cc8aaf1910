/** What is asked, about 1 KB. */
export const question =
  "Which of these words means a guide and interpreter between languages? ".repeat(13);

/** What a whole answer says, about 1.1 KB. */
export const text =
  "A dragoman was an interpreter, translator and guide between languages of the Near East. "
    .repeat(13)
    .trim();

/** What a stream says, word by word. */
export function words(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => ` word${index}`);
}
