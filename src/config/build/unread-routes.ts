import { indexPlugins } from "../../routing/plugin-order.ts";
import type { PluginInstance } from "../config.ts";
import type { Path } from "../file/raw-value.ts";
import type { Report } from "../file/report.ts";
import type { Upstreams } from "./services.ts";

/** A plugin and where it stands in the file. */
export interface Placed {
  readonly instance: PluginInstance;
  readonly path: Path;
}

/** Warns of plugins that read what is said, on routes where a proxy plugin hands bodies on unread. */
export function warnOfUnreadRoutes(
  placed: readonly Placed[],
  { built: { routes } }: Upstreams,
  report: Report,
): void {
  if (!placed.some(readsText) || !placed.some(handsOnUnread)) return;
  const { select } = indexPlugins(
    placed.map((one) => {
      const { name, scope, definition } = one.instance;
      return { ...one, name, scope, priority: definition.priority };
    }),
  );
  for (const route of routes) {
    const selected = select({ route, ...(route.service && { service: route.service }) });
    if (!selected.some(handsOnUnread)) continue;
    for (const { instance, path } of selected.filter(readsText)) {
      const where = `route '${route.name ?? route.id}'`;
      const message = `'${instance.name}' reads what is said, and bodies are handed on unread on ${where}, whose route_type is preserve`;
      report.add({ path: [...path, "name"], message, severity: "warning" });
    }
  }
}

function readsText({ instance }: Placed): boolean {
  return instance.definition.readsText === true;
}

function handsOnUnread({ instance: { definition, options } }: Placed): boolean {
  // Options with a fault are none: that was told.
  const targets = options === undefined ? [] : (definition.targets?.(options) ?? []);
  return targets.some((target) => target.route_type === "preserve");
}
