import type { LoadContext, PluginInstance } from "../config.ts";
import type { Path } from "../file/path.ts";
import type { Reading } from "../file/read-value.ts";
import { isRecord } from "../file/record.ts";
import { shortPlugin } from "./plugin.ts";

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
