import { HeaderMap, headerNamed, type ReadHeaders } from "../framing/header-map.ts";
import type { ClientRequest } from "../gateway/call/client.ts";
import { withoutArgument } from "./query-arguments.ts";

/** Names of what may hold a token. */
export interface TokenPlaces {
  /** Headers that have it after `Bearer`. */
  readonly header_names: readonly string[];
  /** Headers that may have it alone. */
  readonly bare_header_names?: readonly string[];
  readonly uri_param_names: readonly string[];
  readonly cookie_names: readonly string[];
}

const BEARER = /^\s*bearer\s+(\S.*)$/i;

/** The tokens that a request has in all places together; the same one twice is one. */
export function findTokens(request: ClientRequest, places: TokenPlaces): ReadonlySet<string> {
  const query = new URLSearchParams(request.search);
  const found = [
    ...places.uri_param_names.flatMap((name) => query.getAll(name)),
    ...places.cookie_names.map((name) => cookieOf(request.headers, name) ?? ""),
    ...places.header_names.map((name) => bearerIn(request.headers, name) ?? ""),
    ...bareIn(request.headers, places),
  ];
  return new Set(found.filter((token) => token !== ""));
}

/** The request without what `findTokens` finds in it. */
export function withoutTokens(request: ClientRequest, places: TokenPlaces): ClientRequest {
  const headers = HeaderMap.of(request.headers);
  for (const name of places.header_names) {
    if (bearerIn(headers, name) !== undefined) headers.delete(name);
  }
  for (const name of places.bare_header_names ?? []) headers.delete(name);
  const cookies = cookiesIn(headers);
  const kept = cookies.filter(([name]) => !places.cookie_names.includes(name));
  if (kept.length === 0) headers.delete("cookie");
  else if (kept.length < cookies.length) {
    headers.set("cookie", kept.map((pair) => pair.join("=")).join("; "));
  }
  const search = places.uri_param_names.reduce(withoutArgument, request.search);
  return { ...request, headers, search };
}

function bearerIn(headers: ReadHeaders, name: string): string | undefined {
  return BEARER.exec(headerNamed(headers, name) ?? "")?.[1]?.trimEnd();
}

function bareIn(headers: ReadHeaders, places: TokenPlaces): readonly string[] {
  const names = places.bare_header_names ?? [];
  return names.map((name) => bearerIn(headers, name) ?? headers.get(name)?.trim() ?? "");
}

function cookieOf(headers: ReadHeaders, name: string): string | undefined {
  return cookiesIn(headers).find(([known]) => known === name)?.[1];
}

/** Names and values as they stand in the header (RFC 6265 §4.2). */
function cookiesIn(headers: ReadHeaders): readonly (readonly [string, string])[] {
  const pairs = headers.get("cookie")?.split(";") ?? [];
  return pairs.map((pair) => {
    const [name = "", ...value] = pair.trim().split("=");
    return [name, value.join("=")];
  });
}
