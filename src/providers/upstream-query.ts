import { foldedName } from "../chat/folded-name.ts";

/** One `name=value` of a query: its name decoded, its text as it is sent. */
export interface Parameter {
  readonly name: string;
  readonly text: string;
}

export interface QueryPlan {
  /** Win over the client's. */
  readonly fixed: readonly Parameter[];
  /** Sent where the client names none. */
  readonly defaults: readonly Parameter[];
  /** A credential in the query that the client may bring itself. */
  readonly clientCredential: string | undefined;
}

/** Credentials for this gateway, or for a vendor, that clients are known to put into a query. */
const CREDENTIALS: ReadonlySet<string> = new Set(["apikey", "xapikey", "accesstoken", "key"]);

export function parameter(name: string, value: string): Parameter {
  return { name, text: `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}` };
}

/** `query` without its `?`. */
export function parseQuery(query: string): Parameter[] {
  return query
    .split("&")
    .filter((text) => text !== "")
    .map((text) => ({ name: nameOf(text), text }));
}

/** With its `?`, or empty. `search` is the client's, with its `?` or empty. */
export function mergeQuery(
  { fixed, defaults, clientCredential }: QueryPlan,
  search: string,
): string {
  const taken = new Set(fixed.map(({ name }) => name));
  const client = parseQuery(search.slice(1)).filter(
    ({ name }) =>
      !taken.has(name) && (name === clientCredential || !CREDENTIALS.has(foldedName(name))),
  );
  for (const { name } of client) taken.add(name);
  const missing = defaults.filter(({ name }) => !taken.has(name));
  const merged = [...fixed, ...client, ...missing];
  return merged.length === 0 ? "" : `?${merged.map(({ text }) => text).join("&")}`;
}

function nameOf(text: string): string {
  const raw = text.split("=", 1)[0] ?? "";
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return raw;
  }
}
