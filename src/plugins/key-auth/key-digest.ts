import { createHash } from "node:crypto";

const HASH = /^sha256:[0-9a-f]{64}$/;

/**
 * What is kept of a key: `sha256:` and its SHA-256 in hex. Keys are random, so a hash without salt
 * and rounds keeps them; and looking a digest up in a table tells nothing of how much of a key was
 * guessed right.
 */
export function keyDigest(key: string): string {
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

export function isKeyDigest(text: string): boolean {
  return HASH.test(text);
}
