import { isJsonObject, type JsonObject } from "../../chat/json.ts";

/** Whether the client asked for a usage report at the end of the stream. */
export function wantsUsage(wire: JsonObject): boolean {
  const options = wire["stream_options"];
  return isJsonObject(options) && options["include_usage"] === true;
}
