import { type Json, type JsonObject, parseJson } from "../../chat/json.ts";
import { FORMATS } from "../../formats/registry.ts";

/** What was changed of a request's top-level members after its outline was made. */
export interface Edits {
  /** A JSON object: threads hand over no numbers that a double cannot hold. */
  readonly set: string;
  readonly dropped: readonly string[];
}

/** Undefined where `wire` says what `outline` does. */
export function editsBetween(outline: JsonObject, wire: JsonObject): Edits | undefined {
  if (wire === outline) return undefined;
  const set = Object.entries(wire).filter(([name, value]) => value !== outline[name]);
  const dropped = Object.keys(outline).filter((name) => !Object.hasOwn(wire, name));
  if (set.length === 0 && dropped.length === 0) return undefined;
  return { set: JSON.stringify(Object.fromEntries(set)), dropped };
}

export function edited(wire: JsonObject, { set, dropped }: Edits): JsonObject {
  const changes = parseJson(set) as JsonObject;
  const changed: Record<string, Json | undefined> = { ...wire, ...changes };
  for (const name of dropped) delete changed[name];
  return changed;
}

/** Longer texts are no names of models. */
const KEPT_LENGTH = 4 * 1024;
/** Objects among the members that calls are decided by, in one dialect or another. */
const KEPT_WHOLE = new Set(FORMATS.flatMap(({ intent }) => intent.members.nested ?? []));

/**
 * A request's top-level members with only so much of each as calls are decided by: whether there are
 * messages, which model, whether a stream is wanted. What is long is cut, what is nested is not there.
 */
export function outlineOf(wire: JsonObject): JsonObject {
  const members = Object.entries(wire).map(([name, value]) => [
    name,
    KEPT_WHOLE.has(name) ? value : outlined(value),
  ]);
  return Object.fromEntries(members) as JsonObject;
}

function outlined(value: Json | undefined): Json | undefined {
  if (typeof value === "string") return value.slice(0, KEPT_LENGTH);
  if (Array.isArray(value)) return value.length === 0 ? [] : [null];
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  return {};
}
