import type { TargetConfig } from "../providers/target-schema.ts";

/** Names of headers and parameters under which targets' credentials travel, in lower case. */
export function secretNames(targets: Iterable<TargetConfig>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { auth } of targets) {
    for (const name of [auth.header_name, auth.param_name]) if (name) names.add(name.toLowerCase());
  }
  return names;
}
