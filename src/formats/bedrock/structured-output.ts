import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../chat/request.ts";
import type { NoticeList } from "../notice-list.ts";
import { CLAUDE_PARAMETER_NAMES, type ToolSchemaRule, toolSchema } from "../tools.ts";
import type { Family } from "./families.ts";
import { JSON_OUTPUT } from "./tools.ts";

export interface StructuredOutput {
  /** `outputConfig.textFormat`. */
  readonly textFormat?: JsonObject;
  /** A `toolSpec` that the model must call, its input being the answer. */
  readonly tool?: JsonObject;
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
export function encodeResponseFormat(
  chat: ChatRequest,
  family: Family,
  notices: NoticeList,
): StructuredOutput {
  const format = chat.responseFormat;
  if (!format || format.type === "text") return {};
  if (format.type === "json-schema" && isEnforceable(format.schema, family)) return native(format);
  if (!family.tools) {
    notices.dropped("response_format", "The model has neither structured output nor tools.");
    return {};
  }
  if (format.type === "json") {
    return { tool: outputTool(undefined, { type: "object" }) };
  }
  if (format.strict) {
    const reason =
      "The schema is a tool's input that the model is told to give; nothing enforces it.";
    notices.approximated("response_format.json_schema.strict", reason);
  }
  const at = "response_format.json_schema.schema";
  const schema = toolSchema(format.schema, at, schemaRule(family), notices);
  return { tool: outputTool(format.description, schema) };
}

/** What the model asks of a tool's parameters. */
export function schemaRule({ claude }: Family): ToolSchemaRule {
  return { vendor: "Converse", names: claude ? CLAUDE_PARAMETER_NAMES : /^/ };
}

/** Whether the model can be held to the schema, in its answer or in a tool's input. */
export function isEnforceable(schema: JsonObject, family: Family): boolean {
  switch (family.jsonSchema) {
    case "native":
      return true;
    case "closed":
      return isFit(schema);
    case "tool":
      return false;
  }
}

function native(format: Extract<ResponseFormat, { type: "json-schema" }>): StructuredOutput {
  const { name, description, schema } = format;
  const jsonSchema = {
    schema: JSON.stringify(schema),
    name,
    ...(description !== undefined && description !== "" && { description }),
  };
  return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}

function outputTool(description: string | undefined, schema: JsonObject): JsonObject {
  return {
    toolSpec: {
      name: JSON_OUTPUT,
      description: description || "Gives the answer. Its input is the whole answer.",
      inputSchema: { json: schema },
    },
  };
}

/** What Claude's structured output does not take (https://platform.claude.com/docs/en/build-with-claude/structured-outputs). */
const REFUSED = new Set([
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ...["minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties"],
  ...["patternProperties", "contains", "not", "if", "then", "else", "oneOf"],
]);

/** Every object is closed to other members, and no bound is asked for. */
function isFit(schema: Json): boolean {
  if (Array.isArray(schema)) return schema.every(isFit);
  if (!isJsonObject(schema)) return true;
  const isObject = schema.type === "object" || isJsonObject(schema.properties);
  if (isObject && schema.additionalProperties !== false) return false;
  if (Object.keys(schema).some((key) => REFUSED.has(key))) return false;
  const { properties, $defs, definitions, ...keywords } = schema;
  const named = [properties, $defs, definitions].filter(isJsonObject).flatMap(Object.values);
  return [...named, ...Object.values(keywords)].every(
    (inner) => inner === undefined || isFit(inner),
  );
}
