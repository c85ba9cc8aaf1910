import { foldedName, remembered } from "../chat/folded-name.ts";

/** What stands in a log in place of a credential. */
export const REDACTED = "REDACTED";

const NO_NAMES: ReadonlySet<string> = new Set();

/** Whole names, as {@link foldedName} has them. */
const NAMES: ReadonlySet<string> = new Set([
  "key",
  "auth",
  "sig",
  "jwt",
  "pwd",
  // Browsers send a realtime key as a WebSocket subprotocol:
  // https://platform.openai.com/docs/guides/realtime-websocket
  "secwebsocketprotocol",
]);

const ENDINGS =
  /(?:(?:api|access|secret|private|subscription|functions|license)key|token|secret|password|passwd|passphrase|signature|credentials?|authorization|cookie)$/;

/**
 * Whether what stands under a name, of a header, an argument or a member, is taken for a credential.
 * Case, marks between words and brackets (`apikey[]`, `filter[api_key]`, `X_Api_Key`) make no
 * difference: whoever reads it may not see one either.
 */
const isCredentialName = remembered((name) =>
  name.split(/[[\]]+/).some((part) => {
    const folded = foldedName(part);
    return NAMES.has(folded) || ENDINGS.test(folded);
  }),
);

/** Headers as a plain object, lower-case names, credentials replaced: well-known ones, and those of `names`, which are folded. */
export function redactHeaders(
  headers: Pick<Headers, "toJSON">,
  names: ReadonlySet<string> = NO_NAMES,
): Record<string, string> {
  const out: Record<string, string> = headers.toJSON();
  for (const name in out) {
    if (isSecret(name, names)) out[name] = REDACTED;
    // A header may carry an address of its own (`referer`, `location`, `x-original-uri`).
    else if (out[name]?.includes("?")) out[name] = redactUri(out[name], names);
  }
  return out;
}

/** Values of the headers that carry a credential. */
export function secretHeaders(
  headers: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
): string[] {
  const values: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && isSecret(name, names)) values.push(value);
  }
  return values;
}

/** Values of an address's credential arguments, decoded. */
export function secretArguments(uri: string, names: ReadonlySet<string>): string[] {
  const start = uri.indexOf("?");
  if (start < 0) return [];
  return [...uri.slice(start + 1).matchAll(ARGUMENT)].flatMap(([pair]) => {
    const equals = pair.indexOf("=");
    const isHidden = equals > 0 && isSecretArgument(pair.slice(0, equals), names);
    return isHidden ? [decode(pair.slice(equals + 1))] : [];
  });
}

/** The same address with the values of credential arguments replaced; everything else as it came. */
export function redactUri(uri: string, names: ReadonlySet<string> = NO_NAMES): string {
  const start = uri.indexOf("?");
  if (start < 0) return uri;
  const query = uri.slice(start + 1);
  return query === "" ? uri : `${uri.slice(0, start + 1)}${redactQuery(query, names)}`;
}

// An argument may itself hold an address, so a question mark parts arguments too.
const ARGUMENT = /[^&?;#\s]+/g;

function redactQuery(query: string, names: ReadonlySet<string>): string {
  return query.replace(ARGUMENT, (pair) => {
    const equals = pair.indexOf("=");
    if (equals < 0) return pair;
    const name = pair.slice(0, equals);
    return isSecretArgument(name, names) ? `${name}=${REDACTED}` : pair;
  });
}

/** Words and versions (`mode=chat`, `api-version=2025-04-01-preview`) are no secrets. */
const PUBLIC_VALUE = /^(?:[a-z]{0,12}|v?\d[\d.-]{0,12}(?:-[a-z]{1,12})?)$/i;

/**
 * Folded names of arguments in an address of the configuration that may hold a secret. Whoever
 * wrote them knows what they are, and we do not: each is one unless it cannot be.
 */
export function privateArguments(address: string): string[] {
  const queryAt = address.indexOf("?");
  if (queryAt < 0) return [];
  const written = new URLSearchParams(address.slice(queryAt + 1));
  return [...written].flatMap(([name, value]) =>
    PUBLIC_VALUE.test(value) ? [] : [foldedName(name)],
  );
}

/** The arguments of an already redacted address; repeated names become lists. */
export function queryArguments(redactedUri: string): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = Object.create(null);
  const start = redactedUri.indexOf("?");
  if (start < 0) return out;
  for (const pair of redactedUri.slice(start + 1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    addArgument(out, name, equals < 0 ? "" : decode(pair.slice(equals + 1)));
  }
  return out;
}

function addArgument(out: Record<string, string | string[]>, name: string, value: string): void {
  const before = out[name];
  if (before === undefined) out[name] = value;
  else if (typeof before === "string") out[name] = [before, value];
  else before.push(value);
}

/** `name` as it stands in the address; where it is escaped twice, somebody may read it twice. */
function isSecretArgument(name: string, names: ReadonlySet<string>): boolean {
  const once = decode(name);
  return isSecret(once, names) || (once.includes("%") && isSecret(decode(once), names));
}

function isSecret(name: string, names: ReadonlySet<string>): boolean {
  return isCredentialName(name) || (names.size > 0 && names.has(foldedName(name)));
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A malformed escape is logged as it came.
    return spaced;
  }
}

const SECRET_TEXT =
  /\b(?:bearer|basic)\s+[\w.~+/=-]{6,}|\b(?:sk|pk|rk|gsk|xai|hf|dg_|AIza|AKIA|ASIA|ya29|eyJ)[\w.-]{12,}|\bhttps?:\/\/[^\s/@]+@/gi;

/** A sentence that may quote a vendor or a client: known shapes of keys and query credentials are replaced. */
export function redactText(text: string): string {
  return redactUri(text.replace(SECRET_TEXT, REDACTED));
}
