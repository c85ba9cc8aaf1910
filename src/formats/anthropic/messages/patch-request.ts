import type { Json, JsonObject } from "../../../chat/json.ts";
import { withChanges } from "../../members.ts";
import type { RequestPatch } from "../../wire-format.ts";

/** A stream of this dialect ends with its usage whether or not anyone asked. */
export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const changes: Record<string, Json> = {};
  if (patch.model !== undefined) changes["model"] = patch.model;
  if (patch.maxTokens !== undefined) changes["max_tokens"] = patch.maxTokens;
  if (patch.temperature !== undefined) changes["temperature"] = patch.temperature;
  if (patch.topP !== undefined) changes["top_p"] = patch.topP;
  if (patch.topK !== undefined) changes["top_k"] = patch.topK;
  if (patch.stream !== undefined) changes["stream"] = patch.stream;
  return withChanges(wire, changes);
}
