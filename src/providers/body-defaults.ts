import type { Json, JsonObject } from "../chat/json.ts";
import { operationOf } from "./operations.ts";
import type { Invocation } from "./provider.ts";

/**
 * What the configuration says about a body that is passed through (embeddings, images, audio, …):
 * the selected model and the vector length hold, `seconds` and `size` fill in. `wire` itself when
 * nothing changes.
 */
export function withBodyDefaults(wire: JsonObject, invocation: Invocation): JsonObject {
  const changes = { ...modelMember(wire, invocation), ...optionMembers(wire, invocation) };
  return Object.keys(changes).length === 0 ? wire : { ...wire, ...changes };
}

function modelMember(wire: JsonObject, { model }: Invocation): JsonObject {
  return model === "" || wire["model"] === model ? {} : { model };
}

function optionMembers(wire: JsonObject, { routeType, options }: Invocation): JsonObject {
  const members: Record<string, Json> = {};
  for (const { option, member, wins } of operationOf(routeType).defaults ?? []) {
    const value = options[option];
    if (value === undefined) continue;
    if (wins === "config" || wire[member] === undefined) members[member] = value;
  }
  return members;
}
