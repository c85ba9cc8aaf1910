import type { LogLevel } from "../../gateway/call/operator-log.ts";
import { keyPairFault } from "../build/certificates.ts";
import type { Problem, Workers } from "../config.ts";
import { didYouMean } from "../file/report.ts";
import { createVaults, holdsReference, VaultError, type VaultSources } from "../file/vault.ts";
import {
  type Listen,
  type Parsed,
  parseAddresses,
  parseHeaderName,
  parseHeaders,
  parseListen,
  parseLogLevel,
  parseOne,
  parseSize,
  parseSwitch,
  parseToken,
  parseWorkers,
} from "./parse-setting.ts";

/**
 * Settings of the process, from `KONG_…` variables, as the reference calls them, and our own; undefined where the environment says nothing.
 * https://developer.konghq.com/gateway/configuration/
 */
export interface EnvironmentSettings {
  /** Empty when switched off. */
  readonly proxyListen?: readonly Listen[];
  readonly adminListen?: readonly Listen[];
  readonly statusListen?: readonly Listen[];
  /** Certificate for server names that no other is for, and its key: PEM, or the path of a file. */
  readonly sslCert?: string;
  readonly sslCertKey?: string;
  /** Path of a file. */
  readonly declarativeConfig?: string;
  /** The file's content itself. */
  readonly declarativeConfigString?: string;
  /** Largest request body; 0 is no limit. */
  readonly bodyLimitBytes?: number;
  readonly logLevel?: LogLevel;
  /** Names of response headers to add; empty when switched off. */
  readonly headers?: readonly string[];
  readonly vaultEnvPrefix?: string;
  /** Addresses and CIDR blocks whose forwarding headers are believed. */
  readonly trustedIps?: readonly string[];
  readonly realIpHeader?: string;
  readonly realIpRecursive?: boolean;
  readonly allowDebugHeader?: boolean;
  /** Whoever has it may change the configuration over the admin listener. */
  readonly adminToken?: string;
  readonly workers?: Workers;
}

type Parser<T> = (text: string) => Parsed<T>;
type Settings = Required<EnvironmentSettings>;

const asWritten: Parser<string> = (value) => ({ value });

const VARIABLES: {
  readonly [Name in keyof Settings]: { name: string; parse: Parser<Settings[Name]> };
} = {
  proxyListen: { name: "KONG_PROXY_LISTEN", parse: parseListen },
  adminListen: { name: "KONG_ADMIN_LISTEN", parse: parseListen },
  statusListen: { name: "KONG_STATUS_LISTEN", parse: parseListen },
  sslCert: { name: "KONG_SSL_CERT", parse: parseOne },
  sslCertKey: { name: "KONG_SSL_CERT_KEY", parse: parseOne },
  declarativeConfig: { name: "KONG_DECLARATIVE_CONFIG", parse: asWritten },
  declarativeConfigString: { name: "KONG_DECLARATIVE_CONFIG_STRING", parse: asWritten },
  bodyLimitBytes: { name: "KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE", parse: parseSize },
  logLevel: { name: "KONG_LOG_LEVEL", parse: parseLogLevel },
  headers: { name: "KONG_HEADERS", parse: parseHeaders },
  vaultEnvPrefix: { name: "KONG_VAULT_ENV_PREFIX", parse: asWritten },
  trustedIps: { name: "KONG_TRUSTED_IPS", parse: parseAddresses },
  realIpHeader: { name: "KONG_REAL_IP_HEADER", parse: parseHeaderName },
  realIpRecursive: { name: "KONG_REAL_IP_RECURSIVE", parse: parseSwitch },
  allowDebugHeader: { name: "KONG_ALLOW_DEBUG_HEADER", parse: parseSwitch },
  adminToken: { name: "DRAGOMAN_ADMIN_TOKEN", parse: parseToken },
  workers: { name: "KONG_NGINX_WORKER_PROCESSES", parse: parseWorkers },
};

/** Reads the settings; each malformed one is a problem whose path is the variable's name. */
export function readEnvironment(sources: Omit<VaultSources, "entities">): {
  readonly settings: EnvironmentSettings;
  readonly problems: readonly Problem[];
} {
  const { env } = sources;
  const problems: Problem[] = [];
  const vaults = createVaults({ ...sources, entities: [] });
  const settings: { -readonly [Name in keyof EnvironmentSettings]: EnvironmentSettings[Name] } = {};
  const read = <Name extends keyof Settings>(setting: Name) => {
    const { name, parse } = VARIABLES[setting];
    const written = env[name];
    if (written === undefined || written === "") return;
    const parsed = resolved(written, vaults.resolve, parse);
    if ("fault" in parsed) problems.push({ severity: "error", path: name, message: parsed.fault });
    else settings[setting] = parsed.value;
  };
  for (const setting of Object.keys(VARIABLES) as (keyof Settings)[]) read(setting);
  problems.push(...databaseProblems(env), ...misspelt(env));
  return { settings, problems };
}

function resolved<T>(
  written: string,
  resolve: (text: string) => string,
  parse: Parser<T>,
): Parsed<T> {
  if (!holdsReference(written)) return parse(written);
  try {
    const parsed = parse(resolve(written));
    return "fault" in parsed ? { fault: "what the reference holds is malformed" } : parsed;
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return { fault: error.message };
  }
}

function databaseProblems(env: VaultSources["env"]): Problem[] {
  const database = env["KONG_DATABASE"] ?? "off";
  if (database === "off" || database === "") return [];
  const message = `the database '${database}' is not built yet; expected one of: off`;
  return [{ severity: "error", path: "KONG_DATABASE", message }];
}

/** A variable that is close to one that is read, and is none that the reference has. */
function misspelt(env: VaultSources["env"]): Problem[] {
  const names = Object.values(VARIABLES).map(({ name }) => name);
  return Object.keys(env).flatMap((name): Problem[] => {
    if (!name.startsWith("KONG_") || names.includes(name) || OTHERS.has(name)) return [];
    const hint = didYouMean(
      name,
      names.filter((one) => Math.abs(one.length - name.length) < 3),
    );
    if (hint === undefined) return [];
    return [{ severity: "warning", path: name, message: "is not a setting", hint }];
  });
}

/** Settings of the reference whose names are close to others. */
const OTHERS: ReadonlySet<string> = new Set([
  "KONG_SSL_CIPHERS",
  "KONG_SSL_DHPARAM",
  "KONG_ADMIN_SSL_CERT",
  "KONG_ADMIN_SSL_CERT_KEY",
  "KONG_STATUS_SSL_CERT",
  "KONG_STATUS_SSL_CERT_KEY",
  "KONG_DATABASE",
  "KONG_STREAM_LISTEN",
  "KONG_CLUSTER_LISTEN",
  "KONG_PROXY_URL",
  "KONG_HEADERS_UPSTREAM",
]);

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The pair that the environment gives, as PEM or as paths of files; undefined when it gives none. */
export function environmentCertificate(
  { sslCert, sslCertKey }: Pick<EnvironmentSettings, "sslCert" | "sslCertKey">,
  readFile: (path: string) => string,
): { readonly pair: KeyPair | undefined } | { readonly problem: Problem } {
  if (sslCert === undefined && sslCertKey === undefined) return { pair: undefined };
  if (sslCert === undefined) return problem("cert", "is needed beside KONG_SSL_CERT_KEY");
  if (sslCertKey === undefined) return problem("key", "is needed beside KONG_SSL_CERT");
  const cert = pem(sslCert, readFile);
  if (cert === undefined) return problem("cert", "is no PEM, and no file that can be read");
  const key = pem(sslCertKey, readFile);
  if (key === undefined) return problem("key", "is no PEM, and no file that can be read");
  const fault = keyPairFault({ cert, key });
  return fault ? problem(fault.of, fault.message) : { pair: { cert, key } };
}

const PEM_VARIABLES = { cert: "KONG_SSL_CERT", key: "KONG_SSL_CERT_KEY" } as const;

function problem(of: keyof typeof PEM_VARIABLES, message: string): { readonly problem: Problem } {
  return { problem: { severity: "error", path: PEM_VARIABLES[of], message } };
}

/** The system's reason is left out: a key that was taken for a path would stand in it. */
function pem(written: string, readFile: (path: string) => string): string | undefined {
  if (written.includes("-----BEGIN ")) return written;
  try {
    return readFile(written);
  } catch {
    return undefined;
  }
}
