/** What stands in a log in place of a credential. */
export const REDACTED = "REDACTED";

const NO_NAMES: ReadonlySet<string> = new Set();

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "apikey",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
  "set-cookie",
  "x-auth-token",
  "x-access-token",
  "x-amz-security-token",
  "ocp-apim-subscription-key",
  "cf-access-client-secret",
  // Browsers send a realtime key as a WebSocket subprotocol:
  // https://platform.openai.com/docs/guides/realtime-websocket
  "sec-websocket-protocol",
]);

const SECRET_QUERY: ReadonlySet<string> = new Set([
  "key",
  "api_key",
  "api-key",
  "apikey",
  "x-api-key",
  "subscription-key",
  "access_token",
  "id_token",
  "token",
  "auth",
  "client_secret",
  "secret",
  "password",
  "sig",
  "signature",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-credential",
  "x-goog-signature",
]);

/** Headers as a plain object, lower-case names, credentials replaced. */
export function redactHeaders(
  headers: Pick<Headers, "toJSON">,
  names: ReadonlySet<string> = NO_NAMES,
): Record<string, string> {
  const out: Record<string, string> = headers.toJSON();
  for (const name in out) {
    if (SECRET_HEADERS.has(name) || names.has(name)) out[name] = REDACTED;
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
    if (value !== undefined && (SECRET_HEADERS.has(name) || names.has(name))) values.push(value);
  }
  return values;
}

/** Values of an address's credential arguments, decoded. */
export function secretArguments(uri: string, names: ReadonlySet<string>): string[] {
  const start = uri.indexOf("?");
  if (start < 0) return [];
  return [...uri.slice(start + 1).matchAll(ARGUMENT)].flatMap(([pair]) => {
    const equals = pair.indexOf("=");
    const isSecret = equals > 0 && isSecretArgument(decode(pair.slice(0, equals)), names);
    return isSecret ? [decode(pair.slice(equals + 1))] : [];
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
    return isSecretArgument(decode(name), names) ? `${name}=${REDACTED}` : pair;
  });
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

function isSecretArgument(name: string, names: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  return SECRET_QUERY.has(lower) || names.has(lower);
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
