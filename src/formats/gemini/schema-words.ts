import type { Json, JsonObject } from "../../chat/json.ts";

/** Members that say nothing about values: they are left out without a word. */
export const SILENT = new Set([
  "$schema",
  "$id",
  "$comment",
  "$anchor",
  "deprecated",
  "readOnly",
  "writeOnly",
  "strict",
]);

/**
 * What both of Gemini's schema languages lack but can say otherwise: `const` as a list of one, a
 * whole number's open bounds as closed ones, and a default in the description.
 */
export function plainer(schema: JsonObject): JsonObject {
  const { const: only, default: preset, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  const isInteger = Array.isArray(rest.type)
    ? rest.type.every((type) => type === "integer" || type === "null")
    : rest.type === "integer";
  return {
    ...rest,
    ...(only !== undefined && { enum: [only] }),
    ...(preset !== undefined && { description: withDefault(rest.description, preset) }),
    ...bound("minimum", "exclusiveMinimum", isInteger ? 1 : undefined, exclusiveMinimum, rest),
    ...bound("maximum", "exclusiveMaximum", isInteger ? -1 : undefined, exclusiveMaximum, rest),
  };
}

function bound(
  closed: string,
  open: string,
  step: number | undefined,
  value: Json | undefined,
  schema: JsonObject,
): JsonObject {
  if (value === undefined) return {};
  if (typeof value !== "number" || step === undefined || schema[closed] !== undefined) {
    return { [open]: value };
  }
  return { [closed]: value + step };
}

function withDefault(description: Json | undefined, preset: Json): string {
  const said = typeof description === "string" && description !== "" ? `${description} ` : "";
  return `${said}(default: ${JSON.stringify(preset)})`;
}
