import { isRecord } from "./raw-value.ts";

/**
 * `{vault://backend-or-prefix/resource[/key][?option=value][#version]}`, on its own or inside a
 * longer text. https://developer.konghq.com/gateway/secrets-management/
 */
export interface Vaults {
  /** Fills in the references of a text. Throws `VaultError`, which names the place of the secret and never its value. */
  resolve(text: string): string;
}

export interface VaultEntity {
  /** The backend. */
  readonly name: string;
  /** What references call it. */
  readonly prefix: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface VaultSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly entities: readonly VaultEntity[];
  /** Throws where a file cannot be read. */
  readFile(path: string): string;
}

export class VaultError extends Error {
  override readonly name = "VaultError";
}

interface Reference {
  readonly host: string;
  /** Without leading slash; segments still joined. */
  readonly resource: string;
  readonly options: URLSearchParams;
  readonly version: string | undefined;
}

const REFERENCE = /\{vault:\/\/([^{}]*)\}/g;
const PARTS = /^([^/?#]+)\/([^?#]+)(?:\?([^#]*))?(?:#(.+))?$/;
/** `ttl` and its kin steer caches of remote backends; a value read once at load has none. */
const KNOWN_OPTIONS = new Set(["prefix", "key", "ttl", "neg_ttl", "resurrect_ttl"]);

export function createVaults(sources: VaultSources): Vaults {
  const resolveOne = (whole: string, inner: string): string => {
    const reference = parseReference(whole, inner);
    const entity = sources.entities.find(({ prefix }) => prefix === reference.host);
    const backend = entity?.name ?? reference.host;
    if (backend === "env") return fromEnv(reference, entity, sources.env);
    if (backend === "file") return fromFile(reference, sources);
    if (UNBUILT_BACKENDS.has(backend)) {
      throw new VaultError(`vault backend '${backend}' is not built yet`);
    }
    throw new VaultError(`no vault is called '${reference.host}' (built in: env, file)`);
  };
  return {
    resolve(text) {
      const resolved = text.replace(REFERENCE, resolveOne);
      if (resolved === text && text.startsWith("{vault:")) {
        throw new VaultError("malformed vault reference; write {vault://backend/resource}");
      }
      return resolved;
    },
  };
}

/** Backends of the reference that are reached over a network. */
export const UNBUILT_BACKENDS: ReadonlySet<string> = new Set([
  "aws",
  "azure",
  "conjur",
  "gcp",
  "hcv",
]);

export function holdsReference(text: string): boolean {
  return text.includes("{vault:");
}

function parseReference(whole: string, inner: string): Reference {
  const [, host, resource, query = "", version] = PARTS.exec(inner) ?? [];
  if (host === undefined || resource === undefined) {
    throw new VaultError(`malformed vault reference ${whole}; write {vault://backend/resource}`);
  }
  const options = new URLSearchParams(query);
  for (const option of options.keys()) {
    if (!KNOWN_OPTIONS.has(option)) {
      throw new VaultError(`vault reference ${whole} has an unknown option '${option}'`);
    }
  }
  if (version !== undefined && version !== "1" && version !== "2") {
    throw new VaultError(`vault reference ${whole}: the version is 1 (current) or 2 (previous)`);
  }
  return { host, resource, options, version };
}

function fromEnv(
  { resource, options, version }: Reference,
  entity: VaultEntity | undefined,
  env: VaultSources["env"],
): string {
  const [name = "", ...keys] = resource.split("/");
  const configured = entity?.config["prefix"];
  const prefix =
    options.get("prefix") ??
    (typeof configured === "string" ? configured : undefined) ??
    env["KONG_VAULT_ENV_PREFIX"] ??
    "";
  const suffix = version === "2" ? "_PREVIOUS" : "";
  const variable = `${prefix}${name}${suffix}`.replaceAll("-", "_").toUpperCase();
  // As a file's: whoever writes a secret into either often ends it with a line break.
  const value = env[variable]?.trim();
  if (value === undefined) throw new VaultError(`environment variable ${variable} is not set`);
  if (value === "") throw new VaultError(`environment variable ${variable} is empty`);
  return keys.length === 0 ? value : jsonKey(value, keys, `environment variable ${variable}`);
}

function fromFile({ resource, options, version }: Reference, sources: VaultSources): string {
  if (version === "2") throw new VaultError(`file ${resource} has no previous version`);
  const value = readTrimmed(resource, sources);
  const key = options.get("key");
  return key === null ? value : jsonKey(value, [key], `file ${resource}`);
}

function readTrimmed(path: string, sources: VaultSources): string {
  let value: string;
  try {
    value = sources.readFile(path).trim();
  } catch (cause) {
    throw new VaultError(`file ${path} cannot be read`, { cause });
  }
  if (value === "") throw new VaultError(`file ${path} is empty`);
  return value;
}

function jsonKey(text: string, keys: readonly string[], source: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote the secret.
    throw new VaultError(`${source} does not hold JSON, so key '${keys.join("/")}' has no value`);
  }
  for (const key of keys) {
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (value === undefined || value === null) {
    throw new VaultError(`${source} has no key '${keys.join("/")}'`);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
