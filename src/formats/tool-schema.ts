import { isJsonObject, type JsonObject } from "../chat/json.ts";
import { isJsonArray } from "./fields.ts";
import type { NoticeList } from "./notice-list.ts";
import { objectSchema } from "./object-schema.ts";

/** What a vendor asks of a tool's parameters. */
export interface ToolSchemaRule {
  /** For notices. */
  readonly vendor: string;
  /** Which names of parameters are taken. */
  readonly names: RegExp;
}

/**
 * Refused otherwise as "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'".
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use
 */
export const CLAUDE_PARAMETER_NAMES = /^[a-zA-Z0-9_.-]{1,64}$/;

/** One object with parameters that the vendor takes; `at` is the schema's place in the client's request. */
export function toolSchema(
  parameters: JsonObject | undefined,
  at: string,
  { vendor, names }: ToolSchemaRule,
  list: NoticeList,
): JsonObject {
  const { schema, loosened } = objectSchema(parameters);
  if (loosened) {
    list.approximated(at, `${vendor} takes one object: what else it may be stands in words.`);
  }
  const { properties, required } = schema;
  const foreign = Object.keys(isJsonObject(properties) ? properties : {}).filter(
    (name) => !names.test(name),
  );
  if (!isJsonObject(properties) || foreign.length === 0) return schema;
  for (const name of foreign) {
    list.dropped(`${at}.properties.${name}`, `${vendor} takes no parameter of this name.`);
  }
  const kept = Object.entries(properties).filter(([name]) => !foreign.includes(name));
  return {
    ...schema,
    properties: Object.fromEntries(kept),
    ...(isJsonArray(required) && {
      required: required.filter((name) => typeof name !== "string" || !foreign.includes(name)),
    }),
  };
}
