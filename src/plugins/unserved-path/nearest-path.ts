import { nearest } from "../../chat/nearest.ts";

/**
 * Of the paths that are served, the one that was meant: other letter case, slashes too many, a version
 * that is missing or stands twice, a prefix of another server's, a slip of the hand.
 */
export function nearestPath(asked: string, served: readonly string[]): string | undefined {
  const plain = asked.toLowerCase().replace(/\/+/g, "/").replace(/\/$/, "");
  const exact = served.find((path) => path === plain);
  if (exact !== undefined) return exact;
  const operations = served.map((path) => ({ path, operation: path.replace(/^\/v1/, "") }));
  // The longest first: `/chat/completions` ends in `/completions`.
  const ending = operations
    .filter(({ operation }) => plain.endsWith(operation))
    .sort((a, b) => b.operation.length - a.operation.length)[0];
  if (ending !== undefined) return ending.path;
  const known = served.flatMap((path) => [path, path.replace(/^\/v1/, "")]);
  const guess = nearest(plain, known);
  return guess === undefined ? undefined : served.find((path) => path.endsWith(guess));
}
