import { headerNamed, type ReadHeaders } from "../framing/header-map.ts";
import type { Route } from "./entities.ts";
import { inOneGo, type Steps } from "./plugin-order.ts";
import { type PrefixTree, prefixTree } from "./prefix-tree.ts";
import {
  comparePrecedence,
  type HeaderRule,
  plainHostKeys,
  type RouteRule,
  rulesOf,
  type Scheme,
  serverNameOf,
  wildcardHostKeys,
} from "./route-rule.ts";
import { normalizePath, upstreamPath } from "./upstream-path.ts";

export interface RoutedRequest {
  readonly method: string;
  /** The `Host` header, with its port where it names one. */
  readonly host: string;
  /** As it came, without the query. */
  readonly path: string;
  readonly headers: ReadHeaders;
  readonly scheme: Scheme;
  /** TLS server name, where the connection tells it; the host's name stands in for it. */
  readonly sni?: string;
}

export interface RouteMatch {
  readonly route: Route;
  /** Named groups of the path expression that took part in the match. */
  readonly captures: Readonly<Record<string, string>>;
  /** What to ask the upstream for, percent-encoded, with the service's path in front. */
  readonly upstreamPath: string;
  /**
   * The route takes https only and this came over http: answer with the route's
   * `httpsRedirectStatusCode` (426 asks for an upgrade, 301, 302, 307 and 308 redirect).
   */
  readonly httpsRequired: boolean;
}

export interface Router {
  /** The most specific route that takes this request; none for a path over {@link maxPathLength}. */
  match(request: RoutedRequest): RouteMatch | undefined;
}

/** Characters. Bounds what an expression can be made to chew on; refuse longer ones with 414. */
export const maxPathLength = 8192;

interface Candidate {
  readonly rule: RouteRule;
  readonly rank: number;
}

type RuleIndex = PrefixTree<Candidate>;

/** Throws for an expression that does not compile: a configuration is refused for it before. */
export function compileRouter(routes: readonly Route[]): Router {
  return inOneGo(routerSteps(routes));
}

/** The same, with a pause offered after each route: thousands of them take their time. */
export function* routerSteps(routes: readonly Route[]): Steps<Router> {
  const anyHost: RuleIndex = prefixTree();
  const byHost = new Map<string, RuleIndex>();
  let hasWildcards = false;
  const rules: RouteRule[] = [];
  for (const route of routes) {
    rules.push(...rulesOf(route));
    yield;
  }
  for (const [rank, rule] of rules.sort(comparePrecedence).entries()) {
    yield;
    if (rule.route.hosts.length === 0) anyHost.insert(rule.prefix, { rule, rank });
    for (const host of new Set(rule.route.hosts.map((name) => name.toLowerCase()))) {
      hasWildcards ||= host.includes("*");
      indexFor(byHost, host).insert(rule.prefix, { rule, rank });
    }
  }

  const candidatesFor = (request: RoutedRequest, path: string): (readonly Candidate[])[] => {
    const candidates: (readonly Candidate[])[] = [];
    anyHost.collect(path, candidates);
    if (byHost.size === 0) return candidates;
    for (const key of plainHostKeys(request.host, request.scheme))
      byHost.get(key)?.collect(path, candidates);
    if (!hasWildcards) return candidates;
    for (const key of wildcardHostKeys(request.host, request.scheme))
      byHost.get(key)?.collect(path, candidates);
    return candidates;
  };

  return {
    match: (request) => {
      if (request.path.length > maxPathLength) return undefined;
      const path = normalizePath(request.path);
      const rule = firstAccepting(candidatesFor(request, path), request, path);
      return rule && matchOf(rule, request, path);
    },
  };
}

function indexFor(byHost: Map<string, RuleIndex>, host: string): RuleIndex {
  const known = byHost.get(host);
  if (known !== undefined) return known;
  const created: RuleIndex = prefixTree();
  byHost.set(host, created);
  return created;
}

/** Every list is in order of rank, so each is left at the first rule that accepts or comes too late. */
function firstAccepting(
  lists: readonly (readonly Candidate[])[],
  request: RoutedRequest,
  path: string,
): RouteRule | undefined {
  let best: Candidate | undefined;
  for (const list of lists) {
    for (const candidate of list) {
      if (best !== undefined && candidate.rank >= best.rank) break;
      if (!accepts(candidate.rule, request, path)) continue;
      best = candidate;
      break;
    }
  }
  return best?.rule;
}

function accepts(rule: RouteRule, request: RoutedRequest, path: string): boolean {
  if (rule.methods !== undefined && !rule.methods.has(request.method)) return false;
  if (
    rule.snis !== undefined &&
    request.scheme === "https" &&
    !rule.snis.has(serverNameOf(request.sni ?? request.host))
  ) {
    return false;
  }
  if (typeof rule.path === "object" && !rule.path.test(path)) return false;
  return rule.headers.every((header) =>
    acceptsHeader(header, headerNamed(request.headers, header.name)),
  );
}

/** Repeated headers arrive joined by commas; one of them is enough. */
function acceptsHeader(rule: HeaderRule, joined: string | null): boolean {
  if (joined === null) return false;
  const value = joined.toLowerCase();
  if (rule.values.has(value) || rule.pattern?.test(value)) return true;
  if (!value.includes(",")) return false;
  return value
    .split(",")
    .some((part) => rule.values.has(part.trim()) || rule.pattern?.test(part.trim()));
}

function matchOf(rule: RouteRule, request: RoutedRequest, path: string): RouteMatch {
  const found = typeof rule.path === "object" ? rule.path.exec(path) : undefined;
  const prefixLength = rule.path === "none" ? undefined : rule.prefix.length;
  return {
    route: rule.route,
    captures: found?.groups === undefined ? {} : presentGroups(found.groups),
    upstreamPath: upstreamPath(rule.route, path, found?.[0].length ?? prefixLength),
    httpsRequired: rule.httpsRequired && request.scheme === "http",
  };
}

function presentGroups(
  groups: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(groups))
    if (value !== undefined) present[name] = value;
  return present;
}
