import { type Json, type JsonObject, setMember } from "../chat/json.ts";

/** The members that have a value. */
export function withoutAbsent(members: JsonObject): JsonObject {
  const wire: Record<string, Json | undefined> = {};
  for (const key in members) {
    const value = members[key];
    if (value !== undefined) setMember(wire, key, value);
  }
  return wire;
}

/** The wire with members replaced; itself where each already has the value that it would get. */
export function withChanges(wire: JsonObject, changes: JsonObject): JsonObject {
  for (const key in changes) if (wire[key] !== changes[key]) return { ...wire, ...changes };
  return wire;
}
