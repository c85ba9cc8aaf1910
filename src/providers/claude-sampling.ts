import type { JsonObject } from "../chat/json.ts";
import { rejectsSampling } from "./model-families.ts";
import { isText } from "./openai-dialect.ts";
import type { Operation } from "./provider.ts";

const SAMPLING: ReadonlySet<string> = new Set(["temperature", "top_p", "top_k"]);

/** A body in Anthropic's own dialect may ask for what the selected model does not take. */
export function adaptForClaude(wire: JsonObject, operation: Operation): JsonObject {
  if (!isText(operation) || !rejectsSampling(operation.model)) return wire;
  const kept = Object.entries(wire).filter(([member]) => !SAMPLING.has(member));
  return kept.length === Object.keys(wire).length ? wire : Object.fromEntries(kept);
}
