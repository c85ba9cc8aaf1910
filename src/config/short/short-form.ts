import { COMMON_LLM_FORMAT } from "../../gateway/call/client-format.ts";
import type { RouteType } from "../../providers/operations.ts";
import { DEFAULT_SERVICE_TIMEOUT_MS, type Route, type Service } from "../../routing/entities.ts";
import { derivedId } from "../build/collection.ts";
import type { Config, LoadContext, PluginInstance } from "../config.ts";
import type { RawRecord } from "../file/raw-value.ts";
import type { Reading } from "../file/read-value.ts";
import { BODY_LIMIT_BYTES } from "./body-limit.ts";
import { cacheOn } from "./cache.ts";
import { guardsOn, readGuards } from "./guards.ts";
import { allowedModels, compileKeys, keyEntities } from "./keys.ts";
import { readLimitStore } from "./limit-store.ts";
import { type Keyed, listedAs, type NamedModel, readModels, type TargetOf } from "./models.ts";
import { corsOn, keyAuthOn, metricsOn, shortPlugin } from "./plugins.ts";
import { readProviders } from "./providers.ts";
import { runOptions } from "./run.ts";
import { LIST_PATHS, OPERATIONS, SERVED } from "./served.ts";
import { budgetOptions, countsMoney, readTeams, warnOfFreeModels } from "./spending.ts";
import { fillVariables } from "./variables.ts";

/** The plugin that the short form compiles into: it chooses a target by the model that is asked for. */
export const MODEL_ROUTER = "model-router";

export type ShortEntities = Pick<
  Config,
  "services" | "routes" | "plugins" | "consumers" | "credentials"
>;

const NOTHING: ShortEntities = {
  services: [],
  routes: [],
  plugins: [],
  consumers: [],
  credentials: [],
};

/**
 * `providers`, `models`, `keys` and what goes with them → a service, a route for each operation, one
 * for the list of models and one for all else, plugins on each, and a consumer for each key.
 */
export function compileShortForm(
  root: RawRecord,
  context: LoadContext,
  reading: Reading,
): ShortEntities {
  const { providers = null, models = null } = root;
  const keys = compileKeys(root["keys"], context, reading);
  if (providers === null && models === null && keys === undefined) {
    for (const field of ["cors", "guards", "limits", "list_models", "run", "teams"])
      refuseAlone(root, field, reading);
    return NOTHING;
  }
  const providersRead = readProviders(providers, context, reading);
  const filled = fillVariables(models, ["models"], context.env, reading);
  const named = readModels(filled, providersRead, reading);
  const known = { models: [...named.keys()], providers: [...providersRead.keys()] };
  const allowed = allowedModels(keys ?? new Map(), known, reading);
  const limits = Object.keys(allowed).length > 0 && { allowed_models: allowed };
  const spending = budgetOptions(keys ?? new Map(), readTeams(root["teams"], reading), reading);
  const run = runOptions(root["run"], reading);
  if (countsMoney(spending) || run?.["cost"] !== undefined) warnOfFreeModels(named, reading);
  const redis = readLimitStore(root["limits"], context, reading);
  const guards = readGuards(root["guards"], reading);
  const service = shortService();
  const plugin = (name: string, options: RawRecord, scope: PluginInstance["scope"]) =>
    shortPlugin({ name, options, scope }, context, reading);
  const around = (route: Route) => [
    keys && keyAuthOn(route.id, context, reading),
    metricsOn(route.id, root, context, reading),
  ];
  const listing = {
    models: mapValues(named, listedAs),
    providers: mapValues(providersRead, ([first]) => listingTarget(first)),
    list: root["list_models"] ?? (named.size > 0 ? "configured" : "all"),
    ...limits,
  };
  const served = OPERATIONS.map((operation) => {
    const { route: name, path, base, routeType, llmFormat, listPath } = operation;
    const prefix = path.replace(/\/\{.*/, "");
    const route = { ...shortRoute(name, [prefix, base + prefix], service), llmFormat };
    const options = {
      route_type: routeType,
      ...(llmFormat !== COMMON_LLM_FORMAT && { llm_format: llmFormat }),
      max_request_body_size: BODY_LIMIT_BYTES,
      exact: true,
      models: mapValues(named, ({ targets }) => targets(routeType)),
      ...balancersOf(named),
      providers: mapValues(providersRead, ([first]) => first(routeType)),
      ...otherKeysOf(providersRead, routeType),
      ...limits,
    };
    return {
      route,
      plugins: [
        ...around(route),
        guards && guardsOn({ route, routeType, guards }, context, reading),
        spending &&
          plugin("budgets", { ...spending, ...(redis && { redis }) }, { routeId: route.id }),
        run && plugin("agent-run", run, { routeId: route.id }),
        plugin(MODEL_ROUTER, options, { routeId: route.id }),
        listPath ? plugin("model-list", listing, { routeId: route.id }) : undefined,
        cacheOn({ id: route.id, routeType }, cachedIn(named), context, reading),
      ],
    };
  });
  const list = shortRoute("models-list", LIST_PATHS, service);
  const rest = shortRoute("models-other", [], service);
  const routed = [
    ...served,
    {
      route: list,
      plugins: [...around(list), plugin("model-list", listing, { routeId: list.id })],
    },
    { route: rest, plugins: [metricsOn(rest.id, root, context, reading)] },
  ];
  const shared = [
    corsOn(service.id, root["cors"], context, reading),
    plugin("unserved-path", { served: SERVED }, { serviceId: service.id }),
  ];
  return {
    services: [service],
    routes: routed.map(({ route }) => route),
    plugins: [...routed.flatMap(({ plugins }) => plugins), ...shared].filter(
      (one) => one !== undefined,
    ),
    ...keyEntities(keys ?? new Map()),
  };
}

function refuseAlone(root: RawRecord, field: string, { report }: Reading): void {
  if ((root[field] ?? null) === null) return;
  const message = "has no effect without providers, models or keys of the short form";
  report.add({ path: [field], message, part: "key" });
}

function cachedIn(named: ReadonlyMap<string, NamedModel>) {
  return [...named].flatMap(([name, { cache }]) => (cache ? [[name, cache] as const] : []));
}

/** A provider as it is asked for its models, on a clock of that question's own. */
function listingTarget(targetOf: TargetOf) {
  const { timeout_ms: _, ...target } = targetOf("llm/v1/chat");
  return target;
}

/** Only where there are any: a file without several targets compiles into no word of them. */
function balancersOf(named: ReadonlyMap<string, NamedModel>) {
  const balanced = [...named].filter(([, { balancer }]) => balancer !== undefined);
  if (balanced.length === 0) return {};
  return { balancers: mapValues(new Map(balanced), ({ balancer }) => balancer) };
}

function otherKeysOf(providers: ReadonlyMap<string, Keyed>, routeType: RouteType) {
  const keyed = [...providers].filter(([, keys]) => keys.length > 1);
  if (keyed.length === 0) return {};
  const rest = mapValues(new Map(keyed), ([, ...others]) => others.map((one) => one(routeType)));
  return { other_keys: rest };
}

function shortService(): Service {
  return {
    id: derivedId("short form", "service"),
    name: "models",
    protocol: "http",
    host: "localhost",
    port: 80,
    connectTimeoutMs: DEFAULT_SERVICE_TIMEOUT_MS,
    headersTimeoutMs: DEFAULT_SERVICE_TIMEOUT_MS,
    readTimeoutMs: DEFAULT_SERVICE_TIMEOUT_MS,
    retries: 5,
    enabled: true,
    tags: [],
  };
}

function shortRoute(name: string, paths: readonly string[], service: Service): Route {
  return {
    id: derivedId("short form", "route", name),
    name,
    protocols: ["http", "https"],
    methods: [],
    hosts: [],
    paths,
    headers: {},
    stripPath: true,
    preserveHost: false,
    pathHandling: "v0",
    regexPriority: 0,
    httpsRedirectStatusCode: 426,
    tags: [],
    service,
  };
}

function mapValues<In, Out>(map: ReadonlyMap<string, In>, change: (value: In) => Out) {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}
