/** Names that came before: those of headers and members are mostly the same ones. */
const known = new Map<string, string>();
const MAX_KNOWN = 1_000;
/** In characters. A longer name is somebody's own, and not kept. */
const MAX_KNOWN_LENGTH = 64;

/**
 * A name as the most lenient of its readers has it: without case, without marks between words, without
 * brackets behind it, and letters of other widths as plain ones. `max_tokens` and `maxTokens` are one
 * name, and so are `X_Api_Key`, `x-api-key[]` and `ｘ-api-key`.
 */
export function foldedName(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const [base = ""] = name.split("[", 1);
  const folded = base
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
  if (name.length > MAX_KNOWN_LENGTH) return folded;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(name, folded);
  return folded;
}
