/** A query (`?a=1&b=2`, or empty) without the arguments of a name. Every other argument keeps its spelling. */
export function withoutArgument(search: string, name: string): string {
  if (search === "") return search;
  const kept = search
    .slice(1)
    .split("&")
    .filter((pair) => !new URLSearchParams(pair).has(name));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}
