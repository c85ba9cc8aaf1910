/** What a caller may call, where that is not everything. */
export interface Allowance {
  /** As configured, for messages. */
  readonly names: readonly string[];
  has(model: string): boolean;
}

/** By the callers' usernames. */
export function allowancesOf({
  allowed_models: allowed,
}: {
  readonly allowed_models: Readonly<Record<string, readonly string[]>>;
}): ReadonlyMap<string, Allowance> {
  return new Map(Object.entries(allowed).map(([username, names]) => [username, allowance(names)]));
}

function allowance(names: readonly string[]): Allowance {
  const whole = new Set(names);
  const beginnings = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  const has = (model: string) =>
    whole.has(model) || beginnings.some((beginning) => model.startsWith(beginning));
  return { names, has };
}
