import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, setMember } from "../chat/json.ts";

/**
 * Reads the members of a client's wire object. `null` counts as absent. A wrong member throws
 * `invalid_request` with its path (`messages[2].content[0].text`) in the message and as `param`.
 */

/** `at` is the path of the object itself; empty for the whole request. */
export function pathOf(at: string, key: string): string {
  return at === "" ? key : `${at}.${key}`;
}

export function invalidField(path: string, problem: string): GatewayError {
  return new GatewayError("invalid_request", `${path} ${problem}`, { vendor: { param: path } });
}

/** For a conversation of which nothing can be said to a model. */
export function nothingToAnswer(): GatewayError {
  return invalidField("messages", "must hold something to answer: all of it is blank or left out");
}

export function optionalString(wire: JsonObject, key: string, at: string): string | undefined {
  const value = wire[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw invalidField(pathOf(at, key), "must be a string");
}

export function requiredString(wire: JsonObject, key: string, at: string): string {
  const value = optionalString(wire, key, at);
  if (value === undefined) throw invalidField(pathOf(at, key), "is required and must be a string");
  return value;
}

export function optionalNumber(wire: JsonObject, key: string, at: string): number | undefined {
  const value = wire[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return value;
  if (JSON.isRawJSON(value)) return Number(value.rawJSON);
  throw invalidField(pathOf(at, key), "must be a number");
}

export function optionalInteger(wire: JsonObject, key: string, at: string): number | undefined {
  const value = optionalNumber(wire, key, at);
  if (value === undefined || Number.isInteger(value)) return value;
  throw invalidField(pathOf(at, key), "must be an integer");
}

export function optionalBoolean(wire: JsonObject, key: string, at: string): boolean | undefined {
  const value = wire[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw invalidField(pathOf(at, key), "must be true or false");
}

export function optionalObject(wire: JsonObject, key: string, at: string): JsonObject | undefined {
  const value = wire[key];
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw invalidField(pathOf(at, key), "must be an object");
}

export function requiredObject(wire: JsonObject, key: string, at: string): JsonObject {
  const value = optionalObject(wire, key, at);
  if (value === undefined) throw invalidField(pathOf(at, key), "is required and must be an object");
  return value;
}

export function optionalArray(
  wire: JsonObject,
  key: string,
  at: string,
): readonly Json[] | undefined {
  const value = wire[key];
  if (value === undefined || value === null) return undefined;
  if (isJsonArray(value)) return value;
  throw invalidField(pathOf(at, key), "must be an array");
}

export function requiredArray(wire: JsonObject, key: string, at: string): readonly Json[] {
  const value = optionalArray(wire, key, at);
  if (value === undefined) throw invalidField(pathOf(at, key), "is required and must be an array");
  return value;
}

/** Each member of the array as an object, with its own path. */
export function objectsOf<T>(
  values: readonly Json[],
  at: string,
  read: (value: JsonObject, at: string) => T,
): T[] {
  return values.map((value, i) => {
    const path = `${at}[${i}]`;
    if (!isJsonObject(value)) throw invalidField(path, "must be an object");
    return read(value, path);
  });
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The members that are neither named nor absent; undefined when there are none. */
export function membersBeside(
  wire: JsonObject,
  named: ReadonlySet<string>,
): JsonObject | undefined {
  let beside: Record<string, Json | undefined> | undefined;
  for (const key in wire) {
    const value = wire[key];
    if (value === undefined || named.has(key)) continue;
    beside ??= {};
    setMember(beside, key, value);
  }
  return beside;
}

/** The members that have a value. */
export function withoutAbsent(members: JsonObject): JsonObject {
  const wire: Record<string, Json | undefined> = {};
  for (const key in members) {
    const value = members[key];
    if (value !== undefined) setMember(wire, key, value);
  }
  return wire;
}

/** Whether a patch says of streaming what the request does not, in a dialect whose answers are whole unless it asks otherwise. */
export function changesStream(
  wire: JsonObject,
  { stream }: { readonly stream?: boolean },
): boolean {
  return stream !== undefined && (stream || wire.stream !== undefined);
}

/** The wire with members replaced; itself where each already has the value that it would get. */
export function withChanges(wire: JsonObject, changes: JsonObject): JsonObject {
  for (const key in changes) if (wire[key] !== changes[key]) return { ...wire, ...changes };
  return wire;
}
