const MAX_KNOWN = 1_000;
/** In characters. A longer name is somebody's own, and not kept. */
const MAX_KNOWN_LENGTH = 64;

/**
 * The same function of a name, with what it found for the names that came before: those of headers and
 * members are mostly the same ones. `find` must depend on the name alone, and find something.
 */
export function remembered<Found extends {}>(find: (name: string) => Found): typeof find {
  const known = new Map<string, Found>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = find(name);
    if (name.length > MAX_KNOWN_LENGTH) return found;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, found);
    return found;
  };
}

/**
 * A name as the most lenient of its readers has it: without case, without marks between words, without
 * brackets behind it, and letters of other widths as plain ones. `max_tokens` and `maxTokens` are one
 * name, and so are `X_Api_Key`, `x-api-key[]` and `ｘ-api-key`.
 */
export const foldedName = remembered((name) => {
  const [base = ""] = name.split("[", 1);
  return base
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
});
