import type { JsonObject } from "../chat/json.ts";
import { isPlainName, type ReadHeaders, saysWhoCalls } from "../framing/header-map.ts";
import type { Invocation, Provider } from "./provider.ts";
import type { TargetConfig } from "./target-schema.ts";
import type { UpstreamFacts } from "./upstream-facts.ts";

type Auth = TargetConfig["auth"];

export interface HeaderPlan {
  /** What the vendor needs besides the credential. */
  readonly fixed: readonly (readonly [name: string, value: string])[];
  readonly credential: Credential | undefined;
  /** Where the version of the vendor's dialect stands. */
  readonly versionHeader: string | undefined;
}

interface Credential {
  readonly name: string;
  readonly value: string;
  /** The client's own value wins where it sends one. */
  readonly clientWins: boolean;
}

/**
 * What a client's headers must not carry upstream: its credentials for this gateway, what concerns
 * only one hop (RFC 9110 §7.6.1), what says who and where the client is, and what is written anew.
 */
const STRIPPED: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "apikey",
  "cookie",
  "proxy-authorization",
  "proxy-authenticate",
  "proxy-connection",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "content-length",
  "accept-encoding",
  "forwarded",
  "x-real-ip",
  "kong-debug",
]);

/** The same for names by how they begin. */
const STRIPPED_FAMILIES = ["x-forwarded-", "x-dragoman-"];

export function planHeaders(provider: Provider, auth: Auth, invocation: Invocation): HeaderPlan {
  const fixed = Object.entries(provider.headers?.(invocation) ?? {});
  return {
    fixed: fixed.map(([name, value]) => [name.toLowerCase(), value] as const),
    credential: credentialOf(auth),
    versionHeader: provider.versionHeader,
  };
}

/** The headers of one upstream request; names are in lower case. */
export function upstreamHeaders(plan: HeaderPlan, facts: UpstreamFacts): Record<string, string> {
  const headers: Record<string, string> = {};
  facts.headers.forEach((value, name) => {
    if (!isStripped(name)) headers[name] = value;
  });
  dropNamedInConnection(headers, facts.headers.get("connection"));
  if (facts.jsonBody) {
    headers["content-type"] = "application/json";
    delete headers["content-encoding"];
  }
  headers["accept-encoding"] = acceptEncoding(facts);
  for (const [name, value] of plan.fixed) headers[name] = value;
  if (plan.versionHeader !== undefined && facts.clientVersion !== undefined) {
    headers[plan.versionHeader] = facts.clientVersion;
  }
  if (plan.credential) setCredential(headers, plan.credential, facts.headers);
  return headers;
}

/** Top-level members that a credential in the body adds. */
export function bodyCredential(
  auth: Auth,
  clientBody: JsonObject | undefined,
): JsonObject | undefined {
  const { param_location, param_name, param_value, allow_override } = auth;
  if (param_location !== "body" || !param_name || param_value === undefined) return undefined;
  const own = allow_override ? clientBody?.[param_name] : undefined;
  return { [param_name]: own ?? param_value };
}

function credentialOf({ header_name, header_value, allow_override }: Auth): Credential | undefined {
  if (!header_name || header_value === undefined) return undefined;
  return { name: header_name.toLowerCase(), value: header_value, clientWins: allow_override };
}

function setCredential(
  headers: Record<string, string>,
  { name, value, clientWins }: Credential,
  client: ReadHeaders,
): void {
  const own = clientWins ? client.get(name) : null;
  headers[name] = own ?? value;
}

function isStripped(name: string): boolean {
  if (STRIPPED.has(name) || !isPlainName(name)) return true;
  if (!name.startsWith("x-")) return false;
  if (saysWhoCalls(name)) return true;
  for (const family of STRIPPED_FAMILIES) if (name.startsWith(family)) return true;
  return false;
}

function dropNamedInConnection(headers: Record<string, string>, connection: string | null): void {
  if (connection === null || connection === "keep-alive") return;
  for (const name of connection.split(",")) delete headers[name.trim().toLowerCase()];
}

const GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

/** Streams are read as they arrive, so they must not be compressed on the way to us. */
function acceptEncoding({ stream, headers }: UpstreamFacts): string {
  if (stream) return "identity";
  return acceptsGzip(headers) ? "gzip, identity" : "identity";
}

/** Whether a client takes gzip (RFC 9110 §12.5.3); `gzip;q=0` declines it. */
export function acceptsGzip(client: ReadHeaders): boolean {
  return GZIP.test(client.get("accept-encoding") ?? "");
}
