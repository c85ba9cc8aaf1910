import { keyDigest } from "../../plugins/key-auth/key-index.ts";
import { derivedId } from "../build/collection.ts";
import type { Config, LoadContext } from "../config.ts";
import { isRecord } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { didYouMean } from "../file/report.ts";
import { type ShortKey, shortKeySchema } from "./schema.ts";
import { fillVariables } from "./variables.ts";

export type ShortKeys = Pick<Config, "consumers" | "credentials">;

/** `keys` of a file → a consumer with a credential for each; undefined where anybody may call. */
export function compileKeys(
  written: unknown,
  { env }: LoadContext,
  reading: Reading,
): ReadonlyMap<string, ShortKey> | undefined {
  if (!isRecord(written)) return undefined;
  const keys = new Map<string, ShortKey>();
  const owners = new Map<string, string>();
  for (const [name, raw] of Object.entries(written)) {
    const path = ["keys", name];
    const filled = fillVariables(typeof raw === "string" ? { hash: raw } : raw, path, env, reading);
    const key = readValue(shortKeySchema, filled ?? {}, path, reading);
    if (key === undefined) continue;
    for (const digest of digestsOf(key)) {
      const owner = owners.get(digest);
      if (owner !== undefined) {
        reading.report.add({ path, message: `uniqueness violation: '${owner}' has the same key` });
      }
      owners.set(digest, name);
    }
    keys.set(name, key);
  }
  return keys;
}

export function keyEntities(keys: ReadonlyMap<string, ShortKey>): ShortKeys {
  const consumers = [...keys].map(([name]) => {
    return { id: consumerId(name), username: name, groups: [], tags: [] };
  });
  const credentials = [...keys].flatMap(([name, key]) =>
    digestsOf(key).map((hash) => ({
      id: derivedId("keyauth_credentials", consumerId(name), hash),
      type: "keyauth_credentials" as const,
      consumerId: consumerId(name),
      fields: { hash, ...expiryOf(key) },
      tags: [],
    })),
  );
  return { consumers, credentials };
}

/** What each key may call, where that is not everything; a name that nothing answers to is reported. */
export function allowedModels(
  keys: ReadonlyMap<string, ShortKey>,
  known: { readonly models: readonly string[]; readonly providers: readonly string[] },
  { report }: Reading,
): Record<string, readonly string[]> {
  const prefixes = known.providers.map((provider) => `${provider}/`);
  const isKnown = (model: string) =>
    model.endsWith("*") ||
    known.models.includes(model) ||
    prefixes.some((prefix) => model.startsWith(prefix));
  const allowed: Record<string, readonly string[]> = {};
  for (const [name, { models }] of keys) {
    if (models === undefined) continue;
    allowed[name] = models;
    for (const [index, model] of models.entries()) {
      if (isKnown(model)) continue;
      report.add({
        path: ["keys", name, "models", index],
        message: `no model is called '${model}'`,
        hint: didYouMean(model, known.models),
      });
    }
  }
  return allowed;
}

function consumerId(name: string): string {
  return derivedId("short form", "consumer", name);
}

/** As key-auth has it: seconds that count from 1970. */
function expiryOf({ expires }: ShortKey) {
  if (expires === undefined) return {};
  return { created_at: 0, ttl: Date.parse(`${expires}T00:00:00Z`) / 1000 };
}

function digestsOf({ key, hash = [] }: ShortKey): readonly string[] {
  if (key !== undefined) return [keyDigest(key)];
  return typeof hash === "string" ? [hash] : hash;
}
