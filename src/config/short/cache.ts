import { isAnsweredWith, type RouteType } from "../../providers/operations.ts";
import type { LoadContext, PluginInstance } from "../config.ts";
import type { Path } from "../file/raw-value.ts";
import type { Reading } from "../file/read-value.ts";
import { LOCAL_MEANING } from "./local-meaning.ts";
import { shortPlugin } from "./plugins.ts";
import { durationMs, type ShortCache } from "./schema.ts";

const PLUGIN = "ai-semantic-cache";

/**
 * Measured for that model together with a look at the words, which refuses what is near and not the same: what a
 * looser one finds more is mostly refused (`docs/reference/semantic-cache-accuracy.md`).
 */
const THRESHOLD = 0.3;

/** An answer goes to whoever asked for it, and to nobody who asks otherwise. */
const PARTITION = ["caller", "system_prompt", "history", "options"];

/** How the answers of one model are kept, in the plugin's words. */
export interface CachedModel {
  readonly cache_ttl?: number;
  readonly threshold: number;
  readonly verify: "off" | "words";
  readonly shadow: boolean;
}

export function cachedModel(cache: ShortCache, path: Path, { report }: Reading): CachedModel {
  const {
    ttl,
    threshold,
    verify = "words",
    shadow = false,
  } = cache === "semantic" ? {} : cache.semantic;
  if (verify === "off" && threshold === undefined) {
    report.add({
      path: [...path, "cache", "semantic", "verify"],
      severity: "warning",
      message: `what is near in meaning is often not the same: without a look at the words, name a threshold below ${THRESHOLD}`,
    });
  }
  return {
    ...(ttl !== undefined && { cache_ttl: Math.max(1, Math.round(durationMs(ttl) / 1000)) }),
    threshold: threshold ?? THRESHOLD,
    verify,
    shadow,
  };
}

/** The plugin that keeps answers, on the route of an operation that has any which can be kept. */
export function cacheOn(
  { id: routeId, routeType }: { readonly id: string; readonly routeType: RouteType },
  models: readonly (readonly [name: string, cached: CachedModel])[],
  context: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  if (models.length === 0 || !isAnsweredWith("text", routeType)) return undefined;
  const options = {
    ...LOCAL_MEANING,
    exact_caching: true,
    partition_by: PARTITION,
    models: Object.fromEntries(models),
  };
  const placeOf = ([list, name]: Path): Path =>
    list === "models" && name !== undefined ? ["models", name, "cache"] : ["models"];
  return shortPlugin({ name: PLUGIN, options, scope: { routeId }, placeOf }, context, reading);
}
