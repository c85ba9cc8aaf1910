import { createHash } from "node:crypto";
import type { Consumer } from "../../routing/entities.ts";
import type { CredentialEntity, PluginContext } from "../define-plugin.ts";

export interface KnownKey {
  readonly credentialId: string;
  readonly consumer: Consumer;
}

interface Entry extends KnownKey {
  /** Milliseconds since the epoch. */
  readonly expiresAtEpochMs: number;
}

/** Whose a key is; undefined for unknown and expired ones. */
export type FindKey = (key: string, nowEpochMs: number) => KnownKey | undefined;

/** Of one generation: all its instances of the plugin know the same keys. */
const indexes = new WeakMap<NonNullable<PluginContext["credentials"]>, FindKey>();

/** Keys by their digests. A `ttl` counts from `created_at`, or from `loadedAtEpochMs`. */
export function keyIndex(context: KeyHolders, loadedAtEpochMs: number): FindKey {
  const { credentials = [] } = context;
  const known = indexes.get(credentials);
  if (known) return known;
  const index = indexOf(context, loadedAtEpochMs);
  indexes.set(credentials, index);
  return index;
}

type KeyHolders = Pick<PluginContext, "consumers" | "credentials">;

function indexOf({ consumers, credentials }: KeyHolders, loadedAtEpochMs: number): FindKey {
  const byId = new Map(consumers?.map((consumer) => [consumer.id, consumer]));
  const entries = new Map<string, Entry>();
  for (const credential of credentials ?? []) {
    const consumer = byId.get(credential.consumerId);
    const digest = digestOf(credential);
    if (!consumer || digest === undefined) continue;
    const expiresAtEpochMs = expiryOf(credential, loadedAtEpochMs);
    entries.set(digest, { credentialId: credential.id, consumer, expiresAtEpochMs });
  }
  return (key, nowEpochMs) => {
    const entry = entries.get(keyDigest(key));
    return entry && entry.expiresAtEpochMs > nowEpochMs ? entry : undefined;
  };
}

function digestOf({ type, fields }: CredentialEntity): string | undefined {
  if (type !== "keyauth_credentials") return undefined;
  const { key, hash } = fields;
  if (typeof key === "string") return keyDigest(key);
  return typeof hash === "string" ? hash : undefined;
}

function expiryOf({ fields }: CredentialEntity, loadedAtEpochMs: number): number {
  const { ttl, created_at: createdAtS } = fields;
  if (typeof ttl !== "number" || ttl === 0) return Number.POSITIVE_INFINITY;
  const bornAtEpochMs = typeof createdAtS === "number" ? createdAtS * 1000 : loadedAtEpochMs;
  return bornAtEpochMs + ttl * 1000;
}

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
