import type { Json, JsonObject } from "../../../chat/json.ts";

/** OpenAI's Responses (https://platform.openai.com/docs/api-reference/responses). */
export const FORMAT_NAME = "openai-responses";

/** Said as the reference says it of other operations. */
export const UNDECODABLE = "failed to decode llm/v1/responses response";

export function stringOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** How a function in a namespace is called by models that know no namespaces. */
export function flatName(name: string, namespace: Json | undefined): string {
  return typeof namespace === "string" && namespace !== "" ? `${namespace}__${name}` : name;
}

export function namespaceMember(wire: JsonObject): JsonObject {
  return typeof wire.namespace === "string" ? { namespace: wire.namespace } : {};
}
