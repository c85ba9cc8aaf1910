import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";

/** The values that a request gives for a template's placeholders. Throws `invalid_request`. */
export function readProperties(wire: JsonObject, coerce: boolean): ReadonlyMap<string, string> {
  const { properties = {} } = wire;
  if (!isJsonObject(properties)) {
    throw new GatewayError("invalid_request", "properties must be an object");
  }
  return new Map(
    Object.entries(properties).map(([name, value]) => [name, valueText(value, coerce)] as const),
  );
}

function valueText(value: Json | undefined, coerce: boolean): string {
  if (typeof value === "string") return value;
  const type = typeName(value);
  if (coerce && (type === "number" || type === "boolean")) return JSON.stringify(value);
  throw new GatewayError("invalid_request", `property values must be a string, got ${type}`);
}

/** The reference names types as Lua does. */
function typeName(value: Json | undefined): string {
  if (value === null || value === undefined) return "userdata";
  // An integer too long for a double is kept as its text.
  if (typeof value === "object" && !JSON.isRawJSON(value)) return "table";
  return typeof value === "boolean" ? "boolean" : "number";
}
