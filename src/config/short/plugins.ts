import { derivedId } from "../build/collection.ts";
import { readPluginOptions } from "../build/plugins.ts";
import type { LoadContext, PluginInstance } from "../config.ts";
import { isRecord, type Path, type RawRecord } from "../file/raw-value.ts";
import type { Reading } from "../file/read-value.ts";
import { inShortWords, shortFormPath } from "./form-path.ts";

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
  key_names: ["authorization", "apikey", "x-api-key", "api-key"],
  key_in_query: false,
  key_strip_bearer: true,
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
