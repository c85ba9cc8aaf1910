import { derivedId } from "../build/identity.ts";
import { readPluginOptions } from "../build/plugin-options.ts";
import type { LoadContext, PluginInstance } from "../config.ts";
import type { Reading } from "../file/read-value.ts";
import { isRecord, type RawRecord } from "../file/record.ts";

const PROMETHEUS = "prometheus";

const OPTIONS = {
  per_consumer: true,
  status_code_metrics: true,
  latency_metrics: true,
  ai_metrics: true,
};

/** The plugin that counts a route's calls, tokens and cost; undefined where the file says itself what is counted. */
export function metricsOn(
  routeId: string,
  root: RawRecord,
  { plugins }: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  const definition = plugins.find(({ name }) => name === PROMETHEUS);
  if (definition === undefined || isWritten(root)) return undefined;
  return {
    id: derivedId("plugins", PROMETHEUS, routeId),
    name: PROMETHEUS,
    scope: { routeId },
    options: readPluginOptions(definition, OPTIONS, [], reading),
    definition,
    tags: [],
  };
}

function isWritten({ plugins }: RawRecord): boolean {
  if (!Array.isArray(plugins)) return false;
  return plugins.some((plugin) => isRecord(plugin) && plugin["name"] === PROMETHEUS);
}
