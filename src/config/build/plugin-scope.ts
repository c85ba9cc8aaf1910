import type { z } from "zod";
import type { PluginDefinition } from "../../plugins/define-plugin.ts";
import type { Scope } from "../../routing/entities.ts";
import type { Report } from "../file/report.ts";
import type { pluginSchema } from "../schemas/plugin.ts";
import { checkReference, textField } from "./collection.ts";
import type { Callers } from "./consumers.ts";
import type { Entry, OwnerKind } from "./flatten.ts";
import type { Upstreams } from "./services.ts";

type PluginFields = z.output<typeof pluginSchema>;

/** A plugin as it stands in the file; its definition is missing when nothing is known of it. */
export interface WrittenPlugin {
  readonly entry: Entry;
  readonly fields: PluginFields;
  readonly definition: PluginDefinition | undefined;
}

export interface ScopeTargets {
  readonly upstreams: Upstreams;
  readonly callers: Callers;
}

const KINDS: readonly OwnerKind[] = ["route", "service", "consumer", "consumer_group"];

/** What a plugin stands in and what it names, together; undefined when one of them is wrong. */
export function scopeOf(
  plugin: WrittenPlugin,
  targets: ScopeTargets,
  report: Report,
): Scope | undefined {
  const collections = collectionsOf(targets);
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
    else if (kind === "consumer_group")
      scope.consumerGroup = textField(named.entry.raw, "name") ?? "";
    else scope[SCOPE_IDS[kind]] = named.id;
  }
  return wrong ? undefined : scope;
}

/** For a plugin whose fields are wrong. */
export function checkScope(entry: Entry, targets: ScopeTargets): void {
  const collections = collectionsOf(targets);
  for (const kind of KINDS) checkReference(entry, kind, collections[kind]);
}

function collectionsOf({ upstreams, callers }: ScopeTargets) {
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
export function scopeParts(scope: Scope): readonly (string | undefined)[] {
  return [scope.routeId, scope.serviceId, scope.consumerId, scope.consumerGroup];
}
