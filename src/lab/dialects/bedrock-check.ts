import { isObject, type JsonObject } from "../json-schema.ts";
import { BedrockRefusal } from "./bedrock-http.ts";

/** What a member may be; a mismatch is refused as AWS services do. */
export type Shape =
  | {
      readonly is: "string";
      readonly oneOf?: readonly string[];
      readonly pattern?: RegExp;
      readonly min?: number;
    }
  | { readonly is: "boolean" | "any" | "base64" }
  | { readonly is: "number"; readonly min?: number; readonly max?: number; readonly whole?: true }
  | { readonly is: "array"; readonly of: Shape; readonly min?: number; readonly max?: number }
  | {
      readonly is: "object";
      readonly members: Readonly<Record<string, Shape>>;
      readonly required: readonly string[];
      /** Members that Bedrock does not look into. */
      readonly open?: true;
    }
  /** An object with exactly one of these members. */
  | { readonly is: "union"; readonly members: Readonly<Record<string, Shape>> };

export interface Strictness {
  /** Members that Bedrock does not know are let through. */
  readonly lenient: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** `path` has dots and numbers, as Bedrock writes it: `messages.0.content.1.text`. */
export function check(value: unknown, shape: Shape, path: string, how: Strictness): void {
  switch (shape.is) {
    case "any":
      return;
    case "boolean":
      if (typeof value !== "boolean") throw malformed(path);
      return;
    case "base64":
      if (typeof value !== "string" || !BASE64.test(value)) throw malformed(path);
      return;
    case "string":
      checkString(value, shape, path);
      return;
    case "number":
      checkNumber(value, shape, path);
      return;
    case "array":
      checkArray(value, shape, path, how);
      return;
    case "object":
      checkObject(value, shape, path, how);
      return;
    case "union":
      checkUnion(value, shape.members, path, how);
      return;
  }
}

function malformed(path: string): BedrockRefusal {
  return new BedrockRefusal(`Unexpected field type at '${path}'.`, "SerializationException");
}

function constraint(path: string, rule: string, value?: unknown): BedrockRefusal {
  const shown = value === undefined ? "Value" : `Value '${String(value)}'`;
  return new BedrockRefusal(
    `1 validation error detected: ${shown} at '${path}' failed to satisfy constraint: Member must ${rule}`,
  );
}

function checkString(value: unknown, shape: Shape & { is: "string" }, path: string): void {
  if (typeof value !== "string") throw malformed(path);
  if (shape.oneOf && !shape.oneOf.includes(value)) {
    throw constraint(path, `satisfy enum value set: [${shape.oneOf.join(", ")}]`, value);
  }
  if (shape.min !== undefined && value.length < shape.min) {
    throw constraint(path, `have length greater than or equal to ${shape.min}`, value);
  }
  if (shape.pattern && !shape.pattern.test(value)) {
    throw constraint(path, `satisfy regular expression pattern: ${shape.pattern.source}`, value);
  }
}

function checkNumber(value: unknown, shape: Shape & { is: "number" }, path: string): void {
  if (typeof value !== "number" || (shape.whole && !Number.isInteger(value))) throw malformed(path);
  if (shape.max !== undefined && value > shape.max) {
    throw constraint(path, `have value less than or equal to ${shape.max}`, value);
  }
  if (shape.min !== undefined && value < shape.min) {
    throw constraint(path, `have value greater than or equal to ${shape.min}`, value);
  }
}

function checkArray(
  value: unknown,
  shape: Shape & { is: "array" },
  path: string,
  how: Strictness,
): void {
  if (!Array.isArray(value)) throw malformed(path);
  if (shape.min !== undefined && value.length < shape.min) {
    throw constraint(path, `have length greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && value.length > shape.max) {
    throw constraint(path, `have length less than or equal to ${shape.max}`);
  }
  for (const [index, item] of value.entries()) check(item, shape.of, `${path}.${index}`, how);
}

function checkObject(
  value: unknown,
  shape: Shape & { is: "object" },
  path: string,
  how: Strictness,
): void {
  if (!isObject(value)) throw malformed(path);
  for (const name of shape.required) {
    if (value[name] === undefined || value[name] === null) {
      throw constraint(join(path, name), "not be null");
    }
  }
  checkMembers(value, shape.members, path, shape.open ? { lenient: true } : how);
}

function checkMembers(
  value: JsonObject,
  members: Readonly<Record<string, Shape>>,
  path: string,
  how: Strictness,
): void {
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue;
    const shape = Object.hasOwn(members, name) ? members[name] : undefined;
    if (shape) check(member, shape, join(path, name), how);
    else if (!how.lenient) throw extraneous(path, name);
  }
}

function extraneous(path: string, name: string): BedrockRefusal {
  return new BedrockRefusal(
    `Malformed input request: #${path === "" ? "" : `/${path.replaceAll(".", "/")}`}: extraneous key [${name}] is not permitted, please reformat your input and try again.`,
  );
}

function checkUnion(
  value: unknown,
  members: Readonly<Record<string, Shape>>,
  path: string,
  how: Strictness,
): void {
  if (!isObject(value)) throw malformed(path);
  const set = Object.keys(value).filter((name) => value[name] !== null);
  if (set.length !== 1) {
    throw new BedrockRefusal(
      `The union at ${path} must have exactly one member set, but it has ${set.length}.`,
      "SerializationException",
    );
  }
  checkMembers(value, members, path, how);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
