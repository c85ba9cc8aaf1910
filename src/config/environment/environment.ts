import { isIPv4, isIPv6 } from "node:net";
import { LOG_LEVELS, type LogLevel } from "../../gateway/call/operator-log.ts";
import type { Problem } from "../config.ts";
import { didYouMean } from "../file/suggest.ts";
import { createVaults, holdsReference, VaultError, type VaultSources } from "../file/vault.ts";
import { type Listen, parseListen } from "./listen.ts";

/**
 * Settings of the process, from `KONG_…` variables; undefined where the environment says nothing.
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
}

const INJECTED_HEADERS = [
  "server_tokens",
  "latency_tokens",
  "X-Kong-Upstream-Status",
  "X-Kong-Proxy-Latency",
  "X-Kong-Upstream-Latency",
  "X-Kong-Response-Latency",
  "X-Kong-Admin-Latency",
  "X-Kong-Total-Latency",
  "X-Kong-Third-Party-Latency",
  "X-Kong-Client-Latency",
  "X-Kong-Request-Id",
  "Server",
  "Via",
] as const;

type Parsed<T> = { readonly value: T } | { readonly fault: string };
type Parser<T> = (text: string) => Parsed<T>;
type Settings = Required<EnvironmentSettings>;

const listen: Parser<readonly Listen[]> = (text) => {
  const parsed = parseListen(text);
  return "fault" in parsed ? parsed : { value: parsed };
};
const asWritten: Parser<string> = (value) => ({ value });

const VARIABLES: {
  readonly [Name in keyof Settings]: { name: string; parse: Parser<Settings[Name]> };
} = {
  proxyListen: { name: "KONG_PROXY_LISTEN", parse: listen },
  adminListen: { name: "KONG_ADMIN_LISTEN", parse: listen },
  statusListen: { name: "KONG_STATUS_LISTEN", parse: listen },
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

/** nginx's sizes: bytes, or with `k`, `m`, `g`. */
function parseSize(text: string): Parsed<number> {
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return { fault: `'${text}' is no size; write it as 0, 512k, 8m or 1g` };
  const power = ["", "k", "m", "g"].indexOf(unit.toLowerCase());
  return { value: Number(digits) * 1024 ** power };
}

function parseLogLevel(text: string): Parsed<LogLevel> {
  const level = LOG_LEVELS.find((one) => one === text.trim().toLowerCase());
  return level === undefined
    ? { fault: `expected one of: ${LOG_LEVELS.join(", ")}` }
    : { value: level };
}

function parseHeaders(text: string): Parsed<readonly string[]> {
  const names = splitList(text);
  if (names.length === 1 && names[0]?.toLowerCase() === "off") return { value: [] };
  const known = names.map((name) =>
    INJECTED_HEADERS.find((one) => one.toLowerCase() === name.toLowerCase()),
  );
  const wrong = names.find((_, index) => known[index] === undefined);
  if (wrong !== undefined) {
    return { fault: `'${wrong}' is none of: off, ${INJECTED_HEADERS.join(", ")}` };
  }
  return { value: known.flatMap((name) => name ?? []) };
}

function parseAddresses(text: string): Parsed<readonly string[]> {
  const addresses = splitList(text);
  const wrong = addresses.find((one) => !isBlock(one));
  if (wrong !== undefined) return { fault: `'${wrong}' is no address and no CIDR block` };
  return { value: addresses };
}

function isBlock(text: string): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIPv4(address)) return Number(bits ?? 32) <= 32;
  return isIPv6(address) && Number(bits ?? 128) <= 128;
}

function parseHeaderName(text: string): Parsed<string> {
  const name = text.trim();
  if (name === "proxy_protocol") return { fault: "proxy_protocol is not built yet" };
  return /^[\w-]+$/.test(name) ? { value: name } : { fault: `'${name}' is no name of a header` };
}

/** The reference takes one certificate for each kind of key. */
function parseOne(text: string): Parsed<string> {
  if (splitList(text).length === 1) return { value: text.trim() };
  return { fault: "more than one certificate here is not built yet; list them as certificates" };
}

function parseSwitch(text: string): Parsed<boolean> {
  const word = text.trim().toLowerCase();
  if (["on", "true", "yes", "1"].includes(word)) return { value: true };
  if (["off", "false", "no", "0"].includes(word)) return { value: false };
  return { fault: "expected one of: on, off" };
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
