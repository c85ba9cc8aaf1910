import { type Json, type JsonObject, setMember } from "../chat/json.ts";
import { membersBeside } from "./fields.ts";

/**
 * What stands inside a client's messages, blocks and tools and has no seat. It goes among the
 * request's extra members under its path, so that the format the request is encoded in tells of its
 * loss.
 */
export interface Leftovers {
  /** Keeps the members of `wire` that are neither named nor null. */
  beside(wire: JsonObject, named: ReadonlySet<string>, at: string): void;
  keep(at: string, value: Json): void;
  all(): JsonObject;
}

export function leftovers(): Leftovers {
  const kept: Record<string, Json> = {};
  return {
    beside(wire, named, at) {
      const rest = membersBeside(wire, named);
      if (!rest) return;
      for (const [key, value] of Object.entries(rest)) {
        if (value !== null && value !== undefined) kept[`${at}.${key}`] = value;
      }
    },
    keep(at, value) {
      kept[at] = value;
    },
    all: () => kept,
  };
}

/** Whether an extra member's name is a path inside the request. */
export function isPath(name: string): boolean {
  return name.includes("[");
}

/** Extra members that are no paths. */
export function withoutPaths(extra: JsonObject): JsonObject {
  const names = Object.keys(extra);
  if (!names.some(isPath)) return extra;
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !isPath(name)));
}

/** The members that were left over beside `at`, under their own names; undefined where there are none. */
export function leftoversBeside(extra: JsonObject, at: string): JsonObject | undefined {
  const prefix = `${at}.`;
  let beside: Record<string, Json | undefined> | undefined;
  for (const name in extra) {
    if (!name.startsWith(prefix)) continue;
    beside ??= {};
    setMember(beside, name.slice(prefix.length), extra[name]);
  }
  return beside;
}
