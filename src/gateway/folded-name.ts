/** A member's name as lenient parsers read it: some fold case, some take `max_tokens` for `maxTokens`. */
export function foldedName(name: string): string {
  return name.normalize("NFKC").toLowerCase().replaceAll("_", "");
}
