import type { JsonObject } from "../chat/json.ts";

/** `object` itself where it has none of the members; `tell` hears of those that had a value. */
export function withoutRefused(
  object: JsonObject,
  refused: ReadonlySet<string> | undefined,
  tell: (member: string) => void,
): JsonObject {
  if (!refused || !hasAny(object, refused)) return object;
  const entries = Object.entries(object).filter(([member, value]) => {
    if (!refused.has(member)) return true;
    if (value !== null && value !== undefined) tell(member);
    return false;
  });
  return Object.fromEntries(entries);
}

function hasAny(object: JsonObject, members: ReadonlySet<string>): boolean {
  for (const member of members) if (member in object) return true;
  return false;
}
