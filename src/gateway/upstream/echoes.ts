import { GatewayError } from "../../chat/error.ts";
import { HeaderMap, type ReadHeaders } from "../../framing/header-map.ts";
import { type CredentialSearch, credentialSearch } from "../../telemetry/credential-search.ts";
import { secretArguments, secretHeaders } from "../../telemetry/redact.ts";
import type { Incoming, Outgoing } from "../call/upstream.ts";

/** Takes out of a vendor's answer what it repeats of the credentials that it was asked with. */
export interface Echoes {
  /** The same bytes where there is nothing of them. */
  bytes(bytes: Uint8Array): Uint8Array;
  /** The same for a whole answer, which hardly ever has any and may be long: a cheap look comes first. */
  answer(bytes: Uint8Array): Uint8Array;
  headers(headers: ReadHeaders): ReadHeaders;
  /** The same error where there is nothing of them. */
  error(error: GatewayError): GatewayError;
  /** The same of whatever was thrown. */
  thrown(cause: unknown): unknown;
}

/** A model vendor's answer. */
export interface VendorAnswer extends Incoming {
  /** What it repeats of our credentials is gone from its headers; from the rest its readers take it. */
  readonly echoes: Echoes;
}

/** Those of the last calls, by the credentials: they are mostly the same ones. */
const known = new Map<string, Echoes>();
const MAX_KNOWN = 100;

function echoesIn(search: CredentialSearch): Echoes {
  return {
    bytes: (bytes) => withoutEchoes(latinText(bytes), bytes, search),
    answer(bytes) {
      const text = latinText(bytes);
      return search.suspects(text) ? withoutEchoes(text, bytes, search) : bytes;
    },
    headers: (headers) => headersWithout(headers, search),
    error: (error) => errorWithout(error, search),
    thrown: (cause) => (cause instanceof GatewayError ? errorWithout(cause, search) : cause),
  };
}

/** `names` are those, folded, that carry a credential here besides the well-known ones. */
export function echoesOf(request: Outgoing, names: ReadonlySet<string>): Echoes {
  const { headers, url, bodyCredentials } = request;
  const values = secretHeaders(headers, names);
  if (url.includes("?")) values.push(...secretArguments(url, names));
  if (bodyCredentials) values.push(...bodyCredentials);
  const [first = ""] = values;
  const key = values.length > 1 ? values.join("\n") : first;
  const found = known.get(key);
  if (found) return found;
  const echoes = echoesIn(credentialSearch(values));
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, echoes);
  return echoes;
}

/** Byte for byte as it came, but for what is taken out. */
function withoutEchoes(text: string, bytes: Uint8Array, search: CredentialSearch): Uint8Array {
  const left = search.without(text);
  return left === text ? bytes : Buffer.from(left, "latin1");
}

function latinText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function headersWithout(headers: ReadHeaders, search: CredentialSearch): ReadHeaders {
  let isSuspect = false;
  headers.forEach((value) => {
    isSuspect ||= search.suspects(value);
  });
  if (!isSuspect) return headers;
  const left = HeaderMap.of();
  headers.forEach((value, name) => {
    left.append(name, search.without(value));
  });
  return left;
}

function errorWithout(error: GatewayError, search: CredentialSearch): GatewayError {
  const message = search.without(error.message);
  const { vendor } = error;
  const words = JSON.stringify(vendor ?? {});
  const leftWords = search.without(words);
  if (message === error.message && leftWords === words) return error;
  const { status, retryAfterMs, cause } = error;
  return new GatewayError(error.code, message, {
    status,
    ...(vendor && { vendor: JSON.parse(leftWords) }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    // It may hold the same words.
    ...(cause !== undefined && {
      cause: cause instanceof Error ? search.without(cause.message) : undefined,
    }),
  });
}
