import { foldedName } from "../../chat/folded-name.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import { privateArguments } from "../../telemetry/redact.ts";

/** Folded names of headers and parameters under which targets' credentials travel. */
export function secretNames(targets: Iterable<TargetConfig>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { auth, model } of targets) {
    for (const name of [auth.header_name, auth.param_name]) if (name) names.add(foldedName(name));
    const { upstream_url: url, upstream_path: path } = model.options;
    for (const address of [url, path]) {
      for (const name of privateArguments(address ?? "")) names.add(name);
    }
  }
  return names;
}
