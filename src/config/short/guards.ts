import { isAnsweredWith, type RouteType } from "../../providers/operations.ts";
import type { LoadContext, PluginInstance } from "../config.ts";
import type { Path, RawRecord } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { BODY_LIMIT_BYTES } from "./body-limit.ts";
import { LOCAL_MEANING } from "./local-meaning.ts";
import { shortPlugin } from "./plugins.ts";
import { shortGuardSchema } from "./schema.ts";

const PLUGIN = "ai-semantic-prompt-guard";

/** Measured for the model that comes with the gateway: a larger one refuses more that is harmless than it finds. */
const THRESHOLD = 0.4;

/** The plugin's options, and where in the file each of its rules stands. */
export interface Guards {
  readonly options: RawRecord;
  readonly places: readonly Path[];
}

/** `guards` of a file, all of them as one; undefined where there are none. */
export function readGuards(written: unknown, reading: Reading): Guards | undefined {
  if (!Array.isArray(written)) return undefined;
  const rules: string[] = [];
  const places: Path[] = [];
  let threshold: number | undefined;
  for (const [index, raw] of written.entries()) {
    const path = ["guards", index];
    const guard = readValue(shortGuardSchema, raw, path, reading);
    if (!guard) continue;
    for (const [at, rule] of guard.deny_meaning.entries()) {
      rules.push(rule);
      places.push([...path, "deny_meaning", at]);
    }
    if (guard.threshold === undefined) continue;
    if (threshold !== undefined && threshold !== guard.threshold) {
      const message = `all guards are compared by one threshold, and another one says ${threshold}`;
      reading.report.add({ path: [...path, "threshold"], message });
    }
    threshold = guard.threshold;
  }
  if (rules.length === 0) return undefined;
  const options = {
    ...LOCAL_MEANING,
    // Who writes one turn of the user writes the others too.
    rules: { deny_prompts: rules, match_all_conversation_history: true },
    search: { threshold: threshold ?? THRESHOLD },
  };
  return { options, places };
}

interface Guarded {
  readonly route: { readonly id: string };
  readonly routeType: RouteType;
  readonly guards: Guards;
}

/** The plugin that refuses by meaning, on the route of an operation that has prompts. */
export function guardsOn(
  { route, routeType, guards }: Guarded,
  context: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  if (!isAnsweredWith("text", routeType)) return undefined;
  const options = { ...guards.options, max_request_body_size: BODY_LIMIT_BYTES };
  const placeOf = ([list, , at]: Path): Path =>
    (list === "rules" && typeof at === "number" && guards.places[at]) || ["guards"];
  const compiled = { name: PLUGIN, options, scope: { routeId: route.id }, placeOf };
  return shortPlugin(compiled, context, reading);
}
