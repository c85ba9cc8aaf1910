import type { ReadHeaders } from "./header-map.ts";

/**
 * A header by the name that a configuration has for it. Where none is sent by it, `_` stands for `-`:
 * so the reference's platform looks headers up (https://github.com/openresty/lua-nginx-module#ngxreqget_headers).
 */
export function headerNamed(headers: ReadHeaders, name: string): string | null {
  const value = headers.get(name);
  if (value !== null || !name.includes("_")) return value;
  return headers.get(dashed(name));
}

/** The other name by which such a header is found; the same where there is none. */
export function dashed(name: string): string {
  return name.replaceAll("_", "-");
}
