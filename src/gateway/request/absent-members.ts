import { isJsonObject, type Json, type JsonObject, setMember } from "../../chat/json.ts";
import type { ChatRequest, Tool } from "../../chat/request.ts";

/**
 * A request without what says nothing to a vendor of another dialect: lists that are empty, a choice
 * that is left to the model where there are no tools, keywords of schemas that are null.
 */
export function withoutAbsentMembers(chat: ChatRequest): ChatRequest {
  const { tools, toolChoice, stop, responseFormat } = chat;
  if (!tools && !toolChoice && !stop && !responseFormat) return chat;
  const schema = responseFormat?.type === "json-schema" ? responseFormat : undefined;
  return withoutEmptyLists({
    ...chat,
    ...(tools && { tools: tools.map(withPlainParameters) }),
    ...(schema && { responseFormat: { ...schema, schema: withoutNullKeywords(schema.schema) } }),
  });
}

function withoutEmptyLists(chat: ChatRequest): ChatRequest {
  const { tools, stop, toolChoice, ...rest } = chat;
  const hasTools = tools !== undefined && tools.length > 0;
  const isIdle = !hasTools && (toolChoice?.type === "auto" || toolChoice?.type === "none");
  if (tools?.length !== 0 && stop?.length !== 0 && !isIdle) return chat;
  return {
    ...rest,
    ...(hasTools && { tools }),
    ...(stop && stop.length > 0 && { stop }),
    ...(toolChoice && !isIdle && { toolChoice }),
  };
}

function withPlainParameters(tool: Tool): Tool {
  if (tool.type !== "function" || !tool.parameters) return tool;
  return { ...tool, parameters: withoutNullKeywords(tool.parameters) };
}

/** Keywords whose values are data, not schemas; for the first two null is a value. */
const DATA: ReadonlySet<string> = new Set(["default", "const", "enum", "examples"]);
const NULLABLE: ReadonlySet<string> = new Set(["default", "const"]);

/** A schema without the keywords that are null; itself where there are none. */
function withoutNullKeywords(schema: JsonObject): JsonObject {
  let changed: Record<string, Json | undefined> | undefined;
  for (const [name, value] of Object.entries(schema)) {
    if (DATA.has(name) && (value !== null || NULLABLE.has(name))) continue;
    const kept = value === null ? undefined : withoutNullsIn(value);
    if (kept === value) continue;
    changed ??= { ...schema };
    if (kept === undefined) delete changed[name];
    else setMember(changed, name, kept);
  }
  return changed ?? schema;
}

function withoutNullsIn(value: Json | undefined): Json | undefined {
  if (isJsonObject(value) && !JSON.isRawJSON(value)) return withoutNullKeywords(value);
  if (!Array.isArray(value)) return value;
  const list: readonly Json[] = value;
  const kept = list.map((one) => withoutNullsIn(one) ?? one);
  return kept.every((one, at) => one === list[at]) ? value : kept;
}
