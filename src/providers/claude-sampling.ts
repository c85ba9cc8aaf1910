import type { JsonObject } from "../chat/json.ts";
import { rejectsSampling } from "./model-families.ts";
import { isText, SAMPLING, without } from "./openai-dialect.ts";
import type { Operation } from "./provider.ts";

/** A body in Anthropic's own dialect may ask for what the selected model does not take. */
export function adaptForClaude(wire: JsonObject, operation: Operation): JsonObject {
  return isText(operation) && rejectsSampling(operation.model) ? without(wire, SAMPLING) : wire;
}
