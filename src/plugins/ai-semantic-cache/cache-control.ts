/** What a `Cache-Control` header says (RFC 9111 §5.2); a directive that is not understood says nothing. */
export interface CacheControl {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly isPrivate: boolean;
  readonly onlyIfCached: boolean;
  /** Seconds. */
  readonly maxAge?: number;
  /** Seconds. */
  readonly sharedMaxAge?: number;
}

const DIRECTIVE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;

export function readCacheControl(header: string | null): CacheControl {
  const said = new Map<string, string>();
  for (const [, name = "", quoted, plain] of (header ?? "").matchAll(DIRECTIVE)) {
    said.set(name.toLowerCase(), quoted ?? plain ?? "");
  }
  const maxAge = seconds(said.get("max-age"));
  const sharedMaxAge = seconds(said.get("s-maxage"));
  return {
    noStore: said.has("no-store"),
    noCache: said.has("no-cache"),
    isPrivate: said.has("private"),
    onlyIfCached: said.has("only-if-cached"),
    ...(maxAge !== undefined && { maxAge }),
    ...(sharedMaxAge !== undefined && { sharedMaxAge }),
  };
}

/** An age that cannot be read counts as none at all: what is said of freshness is not to be stretched. */
function seconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  return /^\d+$/.test(value) ? Number(value) : 0;
}
