import { isObject, type JsonObject } from "../json-schema.ts";
import { OpenAiRefusal } from "./openai-http.ts";

/** What a member may be; a mismatch is refused in OpenAI's words for it. */
export type Shape = { readonly nullable?: boolean } & (
  | {
      readonly is: "string";
      readonly oneOf?: readonly string[];
      readonly pattern?: RegExp;
      readonly max?: number;
    }
  | { readonly is: "boolean" | "any" }
  | { readonly is: "integer" | "decimal"; readonly min?: number; readonly max?: number }
  | ObjectShape
  | { readonly is: "array"; readonly of: Shape; readonly min?: number; readonly max?: number }
  | {
      readonly is: "tagged";
      readonly tag: string;
      readonly variants: Readonly<Record<string, ObjectShape>>;
    }
  | { readonly is: "either"; readonly options: readonly Shape[] }
);

export interface ObjectShape {
  readonly is: "object";
  readonly members: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Members the vendor does not look into. */
  readonly open?: boolean;
}

export function check(value: unknown, shape: Shape, path: string): void {
  if (shape.nullable && value === null) return;
  switch (shape.is) {
    case "any":
      return;
    case "either":
      checkEither(value, shape.options, path);
      return;
    case "tagged":
      checkTagged(value, shape.tag, shape.variants, path);
      return;
    case "object":
      checkMembers(asObject(value, shape, path), shape, path);
      return;
    case "array":
      checkArray(value, shape, path);
      return;
    case "string":
      checkString(value, shape, path);
      return;
    case "boolean":
      if (typeof value !== "boolean") throw wrongType(value, shape, path);
      return;
    case "integer":
    case "decimal":
      checkNumber(value, shape, path);
      return;
  }
}

/** The members of an object; `path` is empty for the request itself. */
export function checkMembers(value: JsonObject, shape: ObjectShape, path: string): void {
  for (const name of shape.required ?? []) {
    if (value[name] === undefined) throw missing(join(path, name));
  }
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (inner) check(member, inner, join(path, name));
    else if (!shape.open) throw unknownMember(join(path, name));
  }
}

export function missing(path: string): OpenAiRefusal {
  return new OpenAiRefusal({
    message: `Missing required parameter: '${path}'.`,
    param: path,
    code: "missing_required_parameter",
  });
}

export function invalidValue(value: unknown, supported: readonly string[], path: string) {
  return new OpenAiRefusal({
    message: `Invalid value: '${String(value)}'. Supported values are: ${listed(supported)}.`,
    param: path,
    code: "invalid_value",
  });
}

function unknownMember(path: string): OpenAiRefusal {
  return new OpenAiRefusal({
    message: `Unknown parameter: '${path}'.`,
    param: path,
    code: "unknown_parameter",
  });
}

function wrongType(value: unknown, shape: Shape, path: string): OpenAiRefusal {
  const expected =
    shape.is === "either" ? `one of ${alternatives(shape.options)}` : typeName(shape);
  return new OpenAiRefusal({
    message: `Invalid type for '${path}': expected ${expected}, but got ${valueName(value)} instead.`,
    param: path,
    code: "invalid_type",
  });
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function asObject(value: unknown, shape: Shape, path: string): JsonObject {
  if (!isObject(value)) throw wrongType(value, shape, path);
  return value;
}

function checkEither(value: unknown, options: readonly Shape[], path: string): void {
  const fitting = options.find((option) => sameKind(value, option));
  if (!fitting) throw wrongType(value, { is: "either", options }, path);
  check(value, fitting, path);
}

function checkTagged(
  value: unknown,
  tag: string,
  variants: Readonly<Record<string, ObjectShape>>,
  path: string,
): void {
  const object = asObject(value, { is: "object", members: {} }, path);
  const name = object[tag];
  if (name === undefined) throw missing(join(path, tag));
  if (typeof name !== "string") throw wrongType(name, { is: "string" }, join(path, tag));
  const variant = Object.hasOwn(variants, name) ? variants[name] : undefined;
  if (!variant) throw invalidValue(name, Object.keys(variants), join(path, tag));
  checkMembers(object, variant, path);
}

function checkArray(value: unknown, shape: Shape & { is: "array" }, path: string): void {
  if (!Array.isArray(value)) throw wrongType(value, shape, path);
  if (shape.min !== undefined && value.length < shape.min) {
    const got = value.length === 0 ? "an empty array" : `an array with length ${value.length}`;
    throw new OpenAiRefusal({
      message: `Invalid '${path}': empty array. Expected an array with minimum length ${shape.min}, but got ${got} instead.`,
      param: path,
      code: "empty_array",
    });
  }
  if (shape.max !== undefined && value.length > shape.max) {
    throw new OpenAiRefusal({
      message: `Invalid '${path}': array too long. Expected an array with maximum length ${shape.max}, but got an array with length ${value.length} instead.`,
      param: path,
      code: "array_above_max_length",
    });
  }
  value.forEach((item, index) => {
    check(item, shape.of, `${path}[${index}]`);
  });
}

function checkString(value: unknown, shape: Shape & { is: "string" }, path: string): void {
  if (typeof value !== "string") throw wrongType(value, shape, path);
  if (shape.oneOf && !shape.oneOf.includes(value)) throw invalidValue(value, shape.oneOf, path);
  if (shape.max !== undefined && value.length > shape.max) {
    throw new OpenAiRefusal({
      message: `Invalid '${path}': string too long. Expected a string with maximum length ${shape.max}, but got a string with length ${value.length} instead.`,
      param: path,
      code: "string_above_max_length",
    });
  }
  if (shape.pattern && !shape.pattern.test(value)) {
    throw new OpenAiRefusal({
      message: `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '${shape.pattern.source}'.`,
      param: path,
      code: "invalid_value",
    });
  }
}

function checkNumber(
  value: unknown,
  shape: Shape & { is: "integer" | "decimal" },
  path: string,
): void {
  if (typeof value !== "number" || (shape.is === "integer" && !Number.isInteger(value))) {
    throw wrongType(value, shape, path);
  }
  const { is, min, max } = shape;
  if (max !== undefined && value > max) {
    throw new OpenAiRefusal({
      message: `Invalid '${path}': ${is} above maximum value. Expected a value <= ${max}, but got ${value} instead.`,
      param: path,
      code: `${is}_above_max_value`,
    });
  }
  if (min !== undefined && value < min) {
    throw new OpenAiRefusal({
      message: `Invalid '${path}': ${is} below minimum value. Expected a value >= ${min}, but got ${value} instead.`,
      param: path,
      code: `${is}_below_min_value`,
    });
  }
}

function sameKind(value: unknown, shape: Shape): boolean {
  if (Array.isArray(value)) {
    return shape.is === "array" && (value.length === 0 || sameKind(value[0], shape.of));
  }
  if (isObject(value)) return shape.is === "object" || shape.is === "tagged";
  if (typeof value === "number") return shape.is === "integer" || shape.is === "decimal";
  return typeof value === shape.is;
}

function typeName(shape: Shape): string {
  switch (shape.is) {
    case "integer":
      return "an integer";
    case "decimal":
      return "a decimal";
    case "object":
    case "tagged":
      return "an object";
    case "array":
      return `an array of ${shape.of.is === "either" || shape.of.is === "tagged" ? "object" : shape.of.is}s`;
    case "string":
    case "boolean":
    case "any":
      return `a ${shape.is}`;
    case "either":
      return alternatives(shape.options);
  }
}

function valueName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a decimal";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function alternatives(options: readonly Shape[]): string {
  return options
    .map(typeName)
    .join(" or ")
    .replaceAll(/ or an? /g, " or ");
}

function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  const last = quoted.pop() ?? "";
  if (quoted.length === 0) return last;
  return `${quoted.join(", ")}${quoted.length > 1 ? "," : ""} and ${last}`;
}
