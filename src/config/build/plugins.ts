import type { z } from "zod";
import type { PluginDefinition } from "../../plugins/define-plugin.ts";
import type { Scope } from "../../routing/entities.ts";
import type { PluginInstance } from "../config.ts";
import { formatPath, isRecord, type Path } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { didYouMean, type Report } from "../file/report.ts";
import type { pluginSchema } from "../schemas/plugin.ts";
import { checkReference, derivedId, textField } from "./collection.ts";
import type { Callers } from "./consumers.ts";
import type { Entries, Entry, OwnerKind } from "./flatten.ts";
import { KNOWN_PLUGINS } from "./known-plugins.ts";
import type { Upstreams } from "./services.ts";
import { servedPluginSchema } from "./unbuilt.ts";
import { type Placed, warnOfUnreadRoutes } from "./unread-routes.ts";

interface Surroundings {
  readonly upstreams: Upstreams;
  readonly callers: Callers;
  readonly definitions: readonly PluginDefinition[];
  readonly reading: Reading;
}

export function buildPlugins(entries: Entries, around: Surroundings): readonly PluginInstance[] {
  const { report } = around.reading;
  const claim = createClaims(report);
  const placed = entries.of("plugins").flatMap((entry): readonly Placed[] => {
    const { path } = entry;
    const fields = readValue(servedPluginSchema, entry.raw, path, around.reading);
    const name = textField(entry.raw, "name");
    const definition = name === undefined ? undefined : findDefinition(name, entry, around);
    const written = isRecord(entry.raw) ? (entry.raw["config"] ?? {}) : {};
    const options =
      definition && readPluginOptions(definition, written, [...path, "config"], around.reading);
    const named = options === undefined ? [] : (definition?.consumers?.(options) ?? []);
    for (const { path: at, name: consumer } of named) {
      around.callers.consumers.find(consumer, [...path, "config", ...at]);
    }
    if (fields === undefined) {
      checkScope(entry, around);
      return [];
    }
    const scope = scopeOf({ entry, fields, definition }, around);
    for (const field of ["id", "instance_name"] as const) {
      const value = fields[field];
      if (value === undefined) continue;
      const says = `uniqueness violation: 'plugins' entity with ${field} set to '${value}' already declared`;
      claim([field, value], [...path, field], says);
    }
    if (scope === undefined) return [];
    const place = ["scope", fields.name, ...scopeParts(scope)];
    claim(place, path, `plugin '${fields.name}' is already configured for the same scope`);
    if (definition === undefined || !fields.enabled) return [];
    const instance = {
      id: fields.id ?? derivedId("plugins", fields.name, ...scopeParts(scope)),
      name: fields.name,
      ...(fields.instance_name === undefined ? {} : { instanceName: fields.instance_name }),
      scope,
      options,
      definition,
      tags: fields.tags,
    };
    return [{ instance, path }];
  });
  warnOfUnreadRoutes(placed, around.upstreams, report);
  return placed.map(({ instance }) => instance);
}

/** What only one plugin can have: the second that claims it is told where the first is. */
function createClaims(report: Report) {
  const taken = new Map<string, Path>();
  return (claimed: readonly (string | undefined)[], path: Path, says: string): void => {
    const key = JSON.stringify(claimed);
    const first = taken.get(key);
    if (first === undefined) taken.set(key, path);
    else report.add({ path, message: `${says} (${formatPath(first)})` });
  };
}

function findDefinition(
  name: string,
  { raw, path }: Entry,
  { definitions, reading }: Surroundings,
): PluginDefinition | undefined {
  const found = definitions.find((definition) => definition.name === name);
  if (found !== undefined) return found;
  if (!KNOWN_PLUGINS.has(name)) {
    const names = [...definitions.map((definition) => definition.name), ...KNOWN_PLUGINS];
    reading.report.add({
      path: [...path, "name"],
      message: `plugin '${name}' not enabled; add it to the 'plugins' configuration property`,
      hint: didYouMean(name, names),
    });
    return undefined;
  }
  const disabled = isRecord(raw) && raw["enabled"] === false;
  reading.report.add({
    path: [...path, "name"],
    severity: disabled ? "warning" : "error",
    message: `plugin '${name}' is known but not built yet${disabled ? "; it is disabled, so its config was not checked" : ""}`,
  });
  return undefined;
}

/** A plugin's options as it parses them, brought up to date and with its own warnings; undefined when wrong. */
export function readPluginOptions(
  definition: PluginDefinition,
  written: unknown,
  path: Path,
  reading: Reading,
): unknown {
  const warn = (inner: Path, message: string) =>
    reading.report.add({ path: [...path, ...inner], message, severity: "warning", part: "key" });
  const current =
    isRecord(written) && definition.migrate !== undefined
      ? definition.migrate(written, warn)
      : written;
  const options = readValue(definition.options, current, path, reading);
  if (options === undefined) return undefined;
  for (const warning of definition.warnings?.(options) ?? []) warn(warning.path, warning.message);
  return options;
}

/** A plugin as it stands in the file; its definition is missing when nothing is known of it. */
interface WrittenPlugin {
  readonly entry: Entry;
  readonly fields: z.output<typeof pluginSchema>;
  readonly definition: PluginDefinition | undefined;
}

const KINDS: readonly OwnerKind[] = ["route", "service", "consumer", "consumer_group"];

/** What a plugin stands in and what it names, together; undefined when one of them is wrong. */
function scopeOf(plugin: WrittenPlugin, around: Surroundings): Scope | undefined {
  const collections = collectionsOf(around);
  const { report } = around.reading;
  const { entry, fields, definition } = plugin;
  const scope: { -readonly [Member in keyof Scope]: Scope[Member] } = {};
  let wrong = false;
  for (const kind of KINDS) {
    const path = [...entry.path, kind];
    const reference = fields[kind];
    const owner = entry.owner?.kind === kind ? entry.owner.entry : undefined;
    if (owner === undefined && reference === undefined) continue;
    if (definition !== undefined && !definition.scopes.includes(kind)) {
      const message = `value must be null: plugin '${fields.name}' cannot be scoped to a ${kind}`;
      report.add({ path, message });
    }
    const owned = owner && collections[kind].ofEntry(owner);
    const named = reference === undefined ? owned : collections[kind].find(reference, path);
    if (owned !== undefined && named !== undefined && owned.id !== named.id) {
      report.add({ path, message: `names another ${kind} than the one it stands in` });
    }
    if (named === undefined) wrong = true;
    else if (kind !== "consumer_group") scope[SCOPE_IDS[kind]] = named.id;
    else scope.consumerGroup = textField(named.entry.raw, "name") ?? "";
  }
  return wrong ? undefined : scope;
}

/** For a plugin whose fields are wrong. */
function checkScope(entry: Entry, around: Surroundings): void {
  const collections = collectionsOf(around);
  for (const kind of KINDS) checkReference(entry, kind, collections[kind]);
}

function collectionsOf({ upstreams, callers }: Surroundings) {
  return {
    service: upstreams.services,
    route: upstreams.routes,
    consumer: callers.consumers,
    consumer_group: callers.groups,
  } satisfies Record<OwnerKind, unknown>;
}

const SCOPE_IDS = {
  consumer: "consumerId",
  route: "routeId",
  service: "serviceId",
} as const satisfies Record<Exclude<OwnerKind, "consumer_group">, keyof Scope>;

/** Two plugins with the same parts apply to the same calls. */
function scopeParts(scope: Scope): readonly (string | undefined)[] {
  return [scope.routeId, scope.serviceId, scope.consumerId, scope.consumerGroup];
}
