import type { Route } from "./entities.ts";
import { compileHeaderPattern, compilePathPattern } from "./path-pattern.ts";
import { normalizePath } from "./upstream-path.ts";

/** One route with one of its paths: what is compared with a request, all but the host. */
export interface RouteRule {
  readonly route: Route;
  /** Every path that matches starts with this. */
  readonly prefix: string;
  readonly path: "none" | "prefix" | RegExp;
  readonly methods: ReadonlySet<string> | undefined;
  readonly headers: readonly HeaderRule[];
  readonly snis: ReadonlySet<string> | undefined;
  readonly httpsRequired: boolean;
  readonly precedence: Precedence;
}

export interface HeaderRule {
  readonly name: string;
  readonly values: ReadonlySet<string>;
  readonly pattern: RegExp | undefined;
}

/** Compared member by member, greater first. */
type Precedence = readonly number[];

const plaintextProtocols = new Set(["http", "ws", "grpc"]);

/** A route without paths makes one rule; else each path makes its own, since they differ in precedence. */
export function rulesOf(route: Route): readonly RouteRule[] {
  const shared = {
    route,
    methods: setOf(route.methods, (method) => method.toUpperCase()),
    headers: headerRules(route),
    snis: setOf(route.snis ?? [], (sni) => sni.toLowerCase().replace(/\.$/, "")),
    httpsRequired:
      route.protocols.length > 0 &&
      !route.protocols.some((protocol) => plaintextProtocols.has(protocol)),
  };
  const precedence = (pathLength: number, isRegex: boolean) =>
    precedenceOf(route, shared.headers.length, pathLength, isRegex);
  if (route.paths.length === 0) {
    return [{ ...shared, prefix: "", path: "none", precedence: precedence(0, false) }];
  }
  return route.paths.map((path) => {
    if (!path.startsWith("~")) {
      return {
        ...shared,
        prefix: normalizePath(path),
        path: "prefix",
        precedence: precedence(path.length, false),
      };
    }
    const pattern = compilePathPattern(path.slice(1));
    if ("problem" in pattern)
      throw new Error(`route ${route.id}: path ${path}: ${pattern.problem}`);
    return {
      ...shared,
      prefix: pattern.literalPrefix,
      path: pattern.regex,
      precedence: precedence(0, true),
    };
  });
}

/** For sorting; equal rules keep the order they were written in. */
export function comparePrecedence(left: RouteRule, right: RouteRule): number {
  for (const [index, value] of left.precedence.entries()) {
    const difference = (right.precedence[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * More kinds of attributes first, then which kinds (host, header, path, method, SNI), plain hosts
 * before wildcards, more headers, expressions by their priority before prefixes, longer prefixes.
 * https://developer.konghq.com/gateway/routing/traditional/#matching-priorities
 */
function precedenceOf(
  route: Route,
  headerCount: number,
  pathLength: number,
  isRegex: boolean,
): Precedence {
  const kinds = [
    route.hosts.length > 0,
    headerCount > 0,
    route.paths.length > 0,
    route.methods.length > 0,
    (route.snis ?? []).length > 0,
  ];
  const wildcards = route.hosts.filter((host) => host.includes("*"));
  return [
    kinds.filter(Boolean).length,
    kinds.reduce((bits, present) => bits * 2 + Number(present), 0),
    Number(wildcards.length === 0),
    Number(wildcards.some(hasPort)),
    headerCount,
    Number(isRegex),
    isRegex ? route.regexPriority : 0,
    pathLength,
  ];
}

function headerRules(route: Route): readonly HeaderRule[] {
  return Object.entries(route.headers).map(([name, values]) => ({
    name: name.toLowerCase(),
    values: new Set(values.map((value) => value.toLowerCase())),
    pattern: headerPattern(route, name, values),
  }));
}

/** A value is an expression where it says so and stands alone. */
export function headerExpression(values: readonly string[]): string | undefined {
  const [only] = values;
  return values.length === 1 && only?.startsWith("~*") ? only.slice(2) : undefined;
}

function headerPattern(route: Route, name: string, values: readonly string[]): RegExp | undefined {
  const expression = headerExpression(values);
  if (expression === undefined) return undefined;
  const pattern = compileHeaderPattern(expression);
  if ("problem" in pattern)
    throw new Error(`route ${route.id}: header ${name}: ${pattern.problem}`);
  return pattern.regex;
}

function setOf(
  values: readonly string[],
  spell: (value: string) => string,
): ReadonlySet<string> | undefined {
  return values.length === 0 ? undefined : new Set(values.map(spell));
}

/**
 * Host names as keys. A route's host is its own key (`api.example.com`, `api.example.com:8443`,
 * `*.example.com`, `example.*`); a request's host yields every key it would satisfy, so finding
 * the routes of a host is a handful of map lookups however many there are.
 */
const defaultPorts = { http: "80", https: "443" } as const;

export type Scheme = keyof typeof defaultPorts;

/** Why no request could ever match a route's host, in the words of the reference. */
export function hostProblem(host: string): string | undefined {
  const { name, port } = splitHost(host);
  const isUnreadPort = port === undefined && /^[^:]*:[^:]*$/.test(host);
  if (name === "" || isUnreadPort || /[\s/]/.test(host)) return "invalid hostname";
  const stars = name.split("*").length - 1;
  if (stars > 1) return "invalid wildcard: must have at most one wildcard";
  if (stars === 0 || name === "*" || name.startsWith("*.") || name.endsWith(".*")) return undefined;
  return "invalid wildcard: must be placed at leftmost or rightmost label";
}

export function hasPort(host: string): boolean {
  return splitHost(host).port !== undefined;
}

/** The name that a client asks a TLS server for: that of its URL (RFC 6066 §3, RFC 9110 §7.2). */
export function serverNameOf(host: string): string {
  return splitHost(host.toLowerCase()).name.replace(/\.$/, "");
}

export function plainHostKeys(host: string, scheme: Scheme): readonly string[] {
  const { name, port } = splitHost(host.toLowerCase());
  return [name, `${name}:${port ?? defaultPorts[scheme]}`];
}

export function wildcardHostKeys(host: string, scheme: Scheme): readonly string[] {
  const { name, port } = splitHost(host.toLowerCase());
  const patterns = ["*"];
  for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
    if (dot > 0) patterns.push(`*${name.slice(dot)}`);
    if (dot < name.length - 1) patterns.push(`${name.slice(0, dot + 1)}*`);
  }
  return patterns.flatMap((pattern) => [pattern, `${pattern}:${port ?? defaultPorts[scheme]}`]);
}

function splitHost(host: string): { readonly name: string; readonly port?: string } {
  const colon = host.indexOf(":", host.startsWith("[") ? host.indexOf("]") : 0);
  if (colon === -1) return { name: host };
  const port = host.slice(colon + 1);
  if (port === "") return { name: host.slice(0, colon) };
  return /^\d+$/.test(port) ? { name: host.slice(0, colon), port } : { name: host };
}
