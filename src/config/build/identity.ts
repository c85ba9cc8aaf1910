import { createHash } from "node:crypto";

/**
 * An id that survives reloads: the same parts give the same UUID-shaped hash (version 8 of
 * RFC 9562: contents of one's own making).
 */
export function derivedId(...parts: readonly (string | number | undefined)[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(18, 20),
    hex.slice(20, 32),
  ].join("-");
}
