import { GatewayError } from "../chat/error.ts";
import { foldedName } from "../chat/folded-name.ts";
import { isAnsweredWith } from "./operations.ts";
import type { Invocation, Provider } from "./provider.ts";
import type { TargetConfig } from "./target-schema.ts";
import { hasTemplate } from "./templates.ts";
import type { UpstreamFacts } from "./upstream-facts.ts";
import { assertNoClimbing, clientPathAsItIs, hasResources, resourcePath } from "./upstream-path.ts";

/** A target's URL as far as it is known before the client's path and query are. */
export interface UrlPlan {
  readonly origin: string;
  readonly query: QueryPlan;
  /** Path of the call; `clientPath` is the client's own. */
  readonly path: string | ((clientPath: string) => string);
  /** The whole URL for a call without a query of its own; undefined where the path is the client's. */
  readonly complete: string | undefined;
}

/** What a URL is made of. */
export interface UrlSource {
  readonly provider: Provider;
  /** As written, templates and all: a templated path is complete, and nothing is appended to it. */
  readonly written: TargetConfig["model"];
  readonly auth: TargetConfig["auth"];
}

/** Throws `internal` where the configuration gives no host, `invalid_request` for a model that is no path segment. */
export function planUrl(source: UrlSource, invocation: Invocation): UrlPlan {
  const { provider } = source;
  const url = splitUrl(invocation.options.upstream_url);
  const origin = url?.origin ?? provider.origin(invocation.options);
  if (!origin) throw noEndpoint(provider);
  const place = choosePlace(source, invocation, url);
  const query = planQuery(source, invocation, [...(url?.query ?? []), ...(place.query ?? [])]);
  const path = pathPlan(place, source.provider, invocation);
  const complete = typeof path === "string" ? origin + path + mergeQuery(query, "") : undefined;
  return { origin, query, path, complete };
}

/** The URL of one call. Throws `invalid_request` for a client's path that could climb. */
export function completeUrl(plan: UrlPlan, facts: UpstreamFacts): string {
  if (plan.complete !== undefined && facts.search === "") return plan.complete;
  const path = typeof plan.path === "string" ? plan.path : plan.path(facts.clientPath);
  return plan.origin + path + mergeQuery(plan.query, facts.search);
}

/** The path (and query) of an operation at a provider's own address; undefined where it has none. */
export function pathOf({ operations }: Provider, invocation: Invocation): string | undefined {
  const path = operations[invocation.routeType]?.path;
  return typeof path === "function" ? path(invocation) : path;
}

/** Where the path comes from: the client, or a base which may take the name of a stored thing behind it. */
interface Place {
  readonly base: string | "client";
  readonly query?: readonly Parameter[];
  readonly isComplete: boolean;
}

interface SplitUrl {
  readonly origin: string;
  readonly path: string;
  readonly query: readonly Parameter[];
}

function choosePlace(source: UrlSource, invocation: Invocation, url: SplitUrl | undefined): Place {
  const { provider, written } = source;
  const { options, routeType } = invocation;
  const endpoint = provider.operations[routeType];
  const upstreamPath = options.upstream_path;
  const rule = upstreamPath ? provider.upstreamPath?.(options) : undefined;
  const isOverride = rule !== undefined && "override" in rule;
  const isPreserve = isAnsweredWith("bytes", routeType);
  if (upstreamPath && (isOverride || isPreserve || !url)) {
    const prefix = rule && "appendTo" in rule && !url ? rule.appendTo : "";
    return placeOf(prefix + oneSlash(upstreamPath), hasTemplate(written.options.upstream_path));
  }
  const isTemplated = hasTemplatedPath(written.options.upstream_url);
  if (isPreserve) {
    if (url && (isTemplated || url.path !== "/")) return { base: url.path, isComplete: true };
    return { base: "client", isComplete: true };
  }
  if (url) return { base: withSuffix(url.path, endpoint?.suffix), isComplete: isTemplated };
  return placeOf(pathOf(provider, invocation) ?? "/", false);
}

function pathPlan(place: Place, provider: Provider, invocation: Invocation): UrlPlan["path"] {
  if (place.base === "client") return (clientPath) => clientPathAsItIs(oneSlash(clientPath));
  const base = oneSlash(assertNoClimbing(inMode(place.base, provider, invocation)));
  if (place.isComplete || !hasResources(invocation.routeType)) return base;
  return (clientPath) => resourcePath(base, invocation.routeType, clientPath);
}

/** A configured URL names one form of an operation; the call decides which is meant. */
function inMode(path: string, { operations }: Provider, invocation: Invocation): string {
  const { routeType, options, stream } = invocation;
  const { streamEndings = [] } = operations[routeType] ?? {};
  const endings = typeof streamEndings === "function" ? streamEndings(options) : streamEndings;
  for (const [plain, streamed] of endings) {
    const [from, to] = stream ? [plain, streamed] : [streamed, plain];
    if (path.endsWith(from)) return path.slice(0, -from.length) + to;
  }
  return path;
}

function planQuery(
  { provider, auth }: UrlSource,
  invocation: Invocation,
  configured: readonly Parameter[],
): QueryPlan {
  const defaults = Object.entries(
    provider.operations[invocation.routeType]?.query?.(invocation) ?? {},
  ).map(([name, value]) => parameter(name, value));
  if (auth.param_location !== "query" || !auth.param_name || auth.param_value === undefined) {
    return { fixed: configured, defaults, clientCredential: undefined };
  }
  const credential = parameter(auth.param_name, auth.param_value);
  const others = configured.filter(({ name }) => name !== credential.name);
  return auth.allow_override
    ? { fixed: others, defaults: [...defaults, credential], clientCredential: credential.name }
    : { fixed: [...others, credential], defaults, clientCredential: undefined };
}

function splitUrl(url: string | undefined): SplitUrl | undefined {
  const match = url ? /^(\w+:\/\/[^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(url) : undefined;
  if (!match) return undefined;
  const [, origin = "", path = "", query = ""] = match;
  return { origin, path: oneSlash(path), query: parseQuery(query) };
}

function placeOf(pathAndQuery: string, isComplete: boolean): Place {
  const [path = "", query = ""] = pathAndQuery.split("?", 2);
  return { base: path, query: parseQuery(query), isComplete };
}

function withSuffix(path: string, suffix: string | undefined): string {
  if (!suffix || path.endsWith(suffix)) return path;
  return path.replace(/\/$/, "") + suffix;
}

function hasTemplatedPath(url: string | undefined): boolean {
  return hasTemplate(url?.replace(/^\w+:\/\/[^/?#]*/, "").split("?", 1)[0]);
}

function oneSlash(path: string): string {
  return path.replace(/^\/*/, "/");
}

function noEndpoint({ name, originNeeds }: Provider): GatewayError {
  const needs = originNeeds ?? "'model.options.upstream_url'";
  return new GatewayError(
    "internal",
    `no upstream is configured: set ${needs} for provider ${name}`,
  );
}

/** One `name=value` of a query: its name decoded, its text as it is sent. */
interface Parameter {
  readonly name: string;
  readonly text: string;
}

interface QueryPlan {
  /** Win over the client's. */
  readonly fixed: readonly Parameter[];
  /** Sent where the client names none. */
  readonly defaults: readonly Parameter[];
  /** A credential in the query that the client may bring itself. */
  readonly clientCredential: string | undefined;
}

/** Credentials for this gateway, or for a vendor, that clients are known to put into a query. */
const CREDENTIALS: ReadonlySet<string> = new Set(["apikey", "xapikey", "accesstoken", "key"]);

function parameter(name: string, value: string): Parameter {
  return { name, text: `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}` };
}

/** `query` without its `?`. */
function parseQuery(query: string): Parameter[] {
  return query
    .split("&")
    .filter((text) => text !== "")
    .map((text) => ({ name: nameOf(text), text }));
}

/** With its `?`, or empty. `search` is the client's, with its `?` or empty. */
function mergeQuery({ fixed, defaults, clientCredential }: QueryPlan, search: string): string {
  const taken = new Set(fixed.map(({ name }) => name));
  const client = parseQuery(search.slice(1)).filter(
    ({ name }) =>
      !taken.has(name) && (name === clientCredential || !CREDENTIALS.has(foldedName(name))),
  );
  for (const { name } of client) taken.add(name);
  const missing = defaults.filter(({ name }) => !taken.has(name));
  const merged = [...fixed, ...client, ...missing];
  return merged.length === 0 ? "" : `?${merged.map(({ text }) => text).join("&")}`;
}

function nameOf(text: string): string {
  const raw = text.split("=", 1)[0] ?? "";
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return raw;
  }
}
