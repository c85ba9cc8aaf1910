import { derivedId } from "../build/collection.ts";
import { readPluginOptions } from "../build/plugins.ts";
import type { LoadContext, PluginInstance } from "../config.ts";
import type { SourceDocument } from "../file/document.ts";
import { isRecord, type Path, type RawRecord } from "../file/raw-value.ts";
import type { Reading } from "../file/read-value.ts";

interface Compiled {
  readonly name: string;
  readonly options: RawRecord;
  readonly scope: PluginInstance["scope"];
  /** Where in the file an option comes from. */
  readonly placeOf?: (option: Path) => Path;
}

/** A plugin that the short form compiles into; what is wrong with it is said of what stands in the file. */
export function shortPlugin(
  compiled: Compiled,
  { plugins }: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  const { document, report } = reading;
  const { name, options, scope } = compiled;
  const { placeOf = (option: Path) => shortFormPath(option, document) } = compiled;
  const definition = plugins.find((one) => one.name === name);
  if (definition === undefined) {
    report.add({
      path: placeOf([]),
      part: "key",
      message: `plugin '${name}' is known but not built yet`,
    });
    return undefined;
  }
  const parsed = readPluginOptions(definition, options, [], {
    ...reading,
    document: {
      ...document,
      template: (path) => document.template(placeOf(path)),
    },
    report: {
      ...report,
      add: (finding) => {
        const message = inShortWords(finding.message);
        report.add({ ...finding, message, path: placeOf(finding.path) });
      },
    },
  });
  const id = derivedId("plugins", name, scope.routeId ?? scope.serviceId);
  return { id, name, scope, options: parsed, definition, tags: [] };
}

/** Fields of the short form by the options that they become. */
const FIELDS: Readonly<Record<string, string>> = {
  anthropic_version: "api_version",
  azure_api_version: "api_version",
  azure_deployment_id: "deployment",
  azure_instance: "instance",
  bedrock: "region",
  databricks: "workspace",
  llama2_format: "format",
  mistral_format: "format",
  upstream_url: "url",
};

const OPTION = new RegExp(
  `(?:model\\.)?(?:options\\.)?(?:bedrock\\.|databricks\\.)?\\b(${[...Object.keys(FIELDS), "aws_region", "workspace_instance_id"].join("|")})\\b(?!\\.)`,
  "g",
);

/** A sentence about the options that the short form compiles into, in the short form's own words. */
function inShortWords(message: string): string {
  return message.replace(OPTION, (written, option: string) => {
    if (option === "aws_region") return "region";
    if (option === "workspace_instance_id") return "workspace";
    return FIELDS[option] ?? written;
  });
}

/** From a place in the options that the short form compiles into, to the place in the file it comes from. */
function shortFormPath(path: Path, { value }: Pick<SourceDocument, "value">): Path {
  const [list, name = "", ...inner] = path;
  if (list === "providers") return providerPath(value, name, inner);
  if (list === "other_keys") return providerPath(value, name, inner.slice(1));
  if (list === "balancers") return ["models", name, "balance"];
  if (list !== "models") return path;
  const within = inner.slice(1);
  if (within[0] === "model" && within[1] === "options") {
    const own = ["models", name, "options", ...within.slice(2)];
    if (valueAt(value, own) !== undefined) return own;
  }
  // What a model does not say itself, its provider says for all of its models.
  const provider = providerName(valueAt(value, ["models", name]), Number(inner[0]), value);
  return provider === undefined ? ["models", name] : providerPath(value, provider, within);
}

function providerPath(value: unknown, name: string | number, inner: Path): Path {
  const provider: Path = ["providers", name];
  if (inner[0] === "auth") return [...provider, "key"];
  if (inner[0] !== "model") return provider;
  if (inner[1] === "provider") return [...provider, "type"];
  if (inner[1] !== "options") return provider;
  const own = [...provider, "options", ...inner.slice(2)];
  if (valueAt(value, own) !== undefined) return own;
  const field = FIELDS[String(inner[2])];
  return field === undefined ? provider : [...provider, field];
}

/** `openai` of `openai/gpt-4o`; of several, the one that the target with this index comes from. */
function providerName(model: unknown, index: number, root: unknown): string | undefined {
  if (isRecord(model)) return providerName(model["use"], index, root);
  const uses: readonly unknown[] = Array.isArray(model) ? model : [model];
  let before = 0;
  for (const use of uses) {
    const provider = typeof use === "string" && use.includes("/") ? use.split("/")[0] : undefined;
    const keys = provider === undefined ? [] : valueAt(root, ["providers", provider, "key"]);
    before += Array.isArray(keys) ? Math.max(1, keys.length) : 1;
    if (index < before) return provider;
  }
  return undefined;
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const segment of path) {
    if (!isRecord(inner) || !Object.hasOwn(inner, segment)) return undefined;
    inner = inner[segment];
  }
  return inner;
}

/**
 * `cors` of the short form → the plugin: an origin, several, or the plugin's options themselves. Where
 * it is not written, pages of other origins are left out: a gateway that holds keys must not serve
 * whatever page happens to be open.
 */
export function corsOn(
  serviceId: string,
  written: unknown,
  context: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  if (written === undefined || written === null || written === false) return undefined;
  const isOptions = isRecord(written);
  const origins = typeof written === "string" ? [written] : written;
  const placeOf = (option: Path): Path => {
    if (isOptions) return ["cors", ...option];
    return Array.isArray(written) ? ["cors", ...option.slice(1)] : ["cors"];
  };
  const compiled = { name: "cors", options: isOptions ? written : { origins } };
  return shortPlugin({ ...compiled, scope: { serviceId }, placeOf }, context, reading);
}

/** Where the SDKs of vendors put their keys. */
const KEY_AUTH_OPTIONS = {
  key_names: ["authorization", "apikey", "x-api-key", "x-goog-api-key", "api-key"],
  key_in_query: false,
  refuse_key_in_query: true,
  key_strip_bearer: true,
  // Coding agents send one key in two headers, and may have two keys.
  try_every_key: true,
  run_on_preflight: false,
};

/** The plugin that asks for the keys, on one route. */
export function keyAuthOn(
  routeId: string,
  context: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  const compiled = { name: "key-auth", options: KEY_AUTH_OPTIONS, scope: { routeId } };
  const placeOf = (option: Path): Path => ["keys", ...option];
  return shortPlugin({ ...compiled, placeOf }, context, reading);
}

const METRICS = "prometheus";

const METRICS_OPTIONS = {
  per_consumer: true,
  status_code_metrics: true,
  latency_metrics: true,
  ai_metrics: true,
};

/** The plugin that counts a route's calls, tokens and cost; undefined where the file says itself what is counted. */
export function metricsOn(
  routeId: string,
  root: RawRecord,
  context: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  const isKnown = context.plugins.some(({ name }) => name === METRICS);
  if (!isKnown || isWritten(root)) return undefined;
  const compiled = { name: METRICS, options: METRICS_OPTIONS, scope: { routeId } };
  return shortPlugin(compiled, context, reading);
}

function isWritten({ plugins }: RawRecord): boolean {
  if (!Array.isArray(plugins)) return false;
  return plugins.some((plugin) => isRecord(plugin) && plugin["name"] === METRICS);
}
