import type { PluginDefinition } from "../plugins/define-plugin.ts";
import { PROVIDER_NAMES, type ProviderName } from "../providers/target-schema.ts";
import { DEFAULT_SERVICE_TIMEOUT_MS, type Route, type Service } from "../routing/entities.ts";
import type { Config, LoadContext, PluginInstance } from "./config.ts";
import { detectProviders } from "./detect.ts";
import { derivedId } from "./identity.ts";
import { readPluginOptions } from "./plugin-options.ts";
import { type Reading, readValue } from "./read-value.ts";
import { isRecord, type RawRecord } from "./record.ts";
import { shortFormPath } from "./short-form-path.ts";
import { shortProviderSchema } from "./short-form-schema.ts";
import { allowedModels, compileKeys, keyAuthOn, keyEntities } from "./short-keys.ts";
import { metricsOn } from "./short-metrics.ts";
import { type Keyed, type NamedModel, readModels, type TargetOf } from "./short-models.ts";
import { type ShortRouteType, takesUrl, targetInput } from "./short-target.ts";
import { didYouMean } from "./suggest.ts";
import { fillVariables } from "./variables.ts";

/** The plugin that the short form compiles into: it chooses a target by the model that is asked for. */
export const MODEL_ROUTER = "model-router";

const BODY_LIMIT_BYTES = 32 * 1024 * 1024;

const ROUTES: readonly { name: string; paths: readonly string[]; routeType: ShortRouteType }[] = [
  // The plugin that serves the models also lists them.
  { name: "models-chat", paths: ["/v1/chat/completions", "/v1/models"], routeType: "llm/v1/chat" },
  { name: "models-completions", paths: ["/v1/completions"], routeType: "llm/v1/completions" },
  { name: "models-embeddings", paths: ["/v1/embeddings"], routeType: "llm/v1/embeddings" },
];

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
 * `providers`, `models` and `keys` of a file → a service, a route for each operation, plugins on each
 * route, and a consumer for each key.
 */
export function compileShortForm(
  root: RawRecord,
  context: LoadContext,
  reading: Reading,
): ShortEntities {
  const { providers = null, models = null } = root;
  const keys = compileKeys(root["keys"], context, reading);
  if (providers === null && models === null && keys === undefined) return NOTHING;
  const providersRead = readProviders(providers, context, reading);
  const filled = fillVariables(models, ["models"], context.env, reading);
  const named = readModels(filled, providersRead, reading);
  const definition = context.plugins.find(({ name }) => name === MODEL_ROUTER);
  if (definition === undefined) {
    const path = [providers === null ? "models" : "providers"];
    reading.report.add({ path, message: `plugin '${MODEL_ROUTER}' is known but not built yet` });
    return NOTHING;
  }
  const known = { models: [...named.keys()], providers: [...providersRead.keys()] };
  const allowed = allowedModels(keys ?? new Map(), known, reading);
  const service = shortService();
  const routed = ROUTES.map(({ name, paths, routeType }) => {
    const route = shortRoute(name, paths, service);
    const options = {
      route_type: routeType,
      max_request_body_size: BODY_LIMIT_BYTES,
      models: mapValues(named, ({ targets }) => targets(routeType)),
      ...balancersOf(named),
      providers: mapValues(providersRead, ([first]) => first(routeType)),
      ...otherKeysOf(providersRead, routeType),
      ...(Object.keys(allowed).length > 0 && { allowed_models: allowed }),
    };
    const guard = keys && keyAuthOn(route.id, context, reading);
    const router = instance(definition, options, route, reading);
    const metrics = metricsOn(route.id, root, context, reading);
    return { route, plugins: [guard, router, metrics].filter((one) => one !== undefined) };
  });
  return {
    services: [service],
    routes: routed.map(({ route }) => route),
    plugins: routed.flatMap(({ plugins }) => plugins),
    ...keyEntities(keys ?? new Map()),
  };
}

function readProviders(
  written: unknown,
  { env }: LoadContext,
  reading: Reading,
): Map<string, Keyed> {
  const providers = written ?? detectProviders(env, { ollama: false }).providers;
  const targets = new Map<string, Keyed>();
  if (!isRecord(providers)) return targets;
  for (const [name, raw] of Object.entries(providers)) {
    const path = ["providers", name];
    const filled = fillVariables(typeof raw === "string" ? { key: raw } : raw, path, env, reading);
    const provider = readValue(shortProviderSchema, filled ?? {}, path, reading);
    const type = (isRecord(filled) ? filled["type"] : undefined) ?? name;
    if (provider === undefined) continue;
    if (!isProviderName(type)) {
      reading.report.add({
        path,
        part: "key",
        message: `'${name}' is no provider: set its type to one of ${PROVIDER_NAMES.join(", ")}`,
        hint: didYouMean(name, PROVIDER_NAMES),
      });
      continue;
    }
    if (provider.url !== undefined && !takesUrl(type)) {
      const message = `a url for ${type} is not built yet: its paths hold the model's name`;
      reading.report.add({ path: [...path, "url"], message });
    }
    const [first, ...others] = typeof provider.key === "object" ? provider.key : [provider.key];
    const withKey =
      (key: string | undefined): TargetOf =>
      (routeType) =>
        targetInput({ ...provider, name, type, key }, routeType);
    targets.set(name, [withKey(first), ...others.map(withKey)]);
  }
  return targets;
}

/** Only where there are any: a file without several targets compiles into no word of them. */
function balancersOf(named: ReadonlyMap<string, NamedModel>) {
  const balanced = [...named].filter(([, { balancer }]) => balancer !== undefined);
  if (balanced.length === 0) return {};
  return { balancers: mapValues(new Map(balanced), ({ balancer }) => balancer) };
}

function otherKeysOf(providers: ReadonlyMap<string, Keyed>, routeType: ShortRouteType) {
  const keyed = [...providers].filter(([, keys]) => keys.length > 1);
  if (keyed.length === 0) return {};
  const rest = mapValues(new Map(keyed), ([, ...others]) => others.map((one) => one(routeType)));
  return { other_keys: rest };
}

function instance(
  definition: PluginDefinition,
  options: RawRecord,
  route: Route,
  reading: Reading,
): PluginInstance {
  const { document, report } = reading;
  const parsed = readPluginOptions(definition, options, [], {
    ...reading,
    document: {
      ...document,
      template: (path) => document.template(shortFormPath(path, document)),
    },
    report: {
      ...report,
      add: (finding) => report.add({ ...finding, path: shortFormPath(finding.path, document) }),
    },
  });
  return {
    id: derivedId("plugins", MODEL_ROUTER, route.id),
    name: MODEL_ROUTER,
    scope: { routeId: route.id },
    options: parsed,
    definition,
    tags: [],
  };
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

function isProviderName(name: unknown): name is ProviderName {
  return PROVIDER_NAMES.some((one) => one === name);
}

function mapValues<In, Out>(map: ReadonlyMap<string, In>, change: (value: In) => Out) {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}
