import type { PluginDefinition } from "../../plugins/define-plugin.ts";
import type { Path } from "../file/path.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { isRecord } from "../file/record.ts";

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
