import { isObject } from "../json-schema.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";

/** A request Cohere would refuse, in its own words. https://docs.cohere.com/reference/errors */
export class CohereRefusal extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** What a member may be; `doc` is the page that Cohere's refusals name. */
export function checkCohere(value: unknown, shape: Shape, doc: string): void {
  check(value, shape, { path: "", doc });
}

interface Place {
  readonly path: string;
  readonly doc: string;
}

function check(value: unknown, shape: Shape, place: Place): void {
  if (shape.nullable && value === null) return;
  switch (shape.is) {
    case "any":
      return;
    case "either":
      check(value, shape.options.find((option) => fits(value, option)) ?? firstOf(shape), place);
      return;
    case "tagged":
      checkTagged(value, shape, place);
      return;
    case "object":
      checkObject(value, shape, place);
      return;
    case "array":
      checkArray(value, shape, place);
      return;
    case "string":
      if (typeof value !== "string") throw wrongType(value, shape, place);
      if (shape.oneOf && !shape.oneOf.includes(value)) {
        throw invalid(`${place.path} must be one of ${shape.oneOf.join(", ")}, got '${value}'.`);
      }
      return;
    case "boolean":
      if (typeof value !== "boolean") throw wrongType(value, shape, place);
      return;
    case "integer":
    case "decimal":
      checkNumber(value, shape, place);
      return;
  }
}

function checkObject(value: unknown, shape: ObjectShape, place: Place): void {
  if (!isObject(value)) throw wrongType(value, shape, place);
  for (const name of shape.required ?? []) {
    if (value[name] === undefined) throw invalid(`${under(place, name).path} is required.`);
  }
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (inner) check(member, inner, under(place, name));
    else if (!shape.open) throw unknownField(under(place, name));
  }
}

function checkTagged(value: unknown, shape: Shape & { is: "tagged" }, place: Place): void {
  if (!isObject(value)) throw wrongType(value, { is: "object", members: {} }, place);
  const tag = value[shape.tag];
  const variant =
    typeof tag === "string" && Object.hasOwn(shape.variants, tag) ? shape.variants[tag] : undefined;
  if (!variant) {
    const known = Object.keys(shape.variants).join(", ");
    throw invalid(`${under(place, shape.tag).path} must be one of ${known}, got '${tag}'.`);
  }
  checkObject(value, variant, place);
}

function checkArray(value: unknown, shape: Shape & { is: "array" }, place: Place): void {
  if (!Array.isArray(value)) throw wrongType(value, shape, place);
  if (value.length < (shape.min ?? 0)) throw invalid(`${place.path} cannot be empty.`);
  if (value.length > (shape.max ?? Number.POSITIVE_INFINITY)) {
    throw invalid(`${place.path} can have at most ${shape.max} elements, got ${value.length}.`);
  }
  for (const item of value) check(item, shape.of, place);
}

function checkNumber(
  value: unknown,
  shape: Shape & { is: "integer" | "decimal" },
  place: Place,
): void {
  if (typeof value !== "number" || (shape.is === "integer" && !Number.isInteger(value))) {
    throw wrongType(value, shape, place);
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = shape;
  if (value >= min && value <= max) return;
  throw invalid(
    max === Number.POSITIVE_INFINITY
      ? `${place.path} must be at least ${min}, got ${value}.`
      : `${place.path} must be between ${min} and ${max} inclusively, got ${value}.`,
  );
}

export function invalid(problem: string): CohereRefusal {
  return new CohereRefusal(`invalid request: ${problem}`);
}

function unknownField({ path, doc }: Place): CohereRefusal {
  const name = path.slice(path.lastIndexOf(".") + 1);
  return new CohereRefusal(
    `unknown field: parameter '${name}' is not a valid field. For proper usage, please refer to ${doc}`,
    422,
  );
}

function wrongType(value: unknown, shape: Shape, { path, doc }: Place): CohereRefusal {
  return new CohereRefusal(
    `invalid type: parameter '${path}' is of type ${typeOf(value)} but should be of type ${nameOf(shape)}. For proper usage, please refer to ${doc}`,
  );
}

function under({ path, doc }: Place, name: string): Place {
  return { path: path === "" ? name : `${path}.${name}`, doc };
}

function firstOf(shape: Shape & { is: "either" }): Shape {
  return shape.options[0] ?? { is: "any" };
}

function fits(value: unknown, shape: Shape): boolean {
  if (Array.isArray(value)) return shape.is === "array";
  if (isObject(value)) return shape.is === "object" || shape.is === "tagged";
  if (typeof value === "number") return shape.is === "integer" || shape.is === "decimal";
  return typeof value === shape.is;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

const NAMES: Readonly<Record<Shape["is"], string>> = {
  string: "string",
  boolean: "bool",
  any: "any",
  integer: "int32",
  decimal: "float64",
  object: "object",
  tagged: "object",
  array: "array",
  either: "string",
};

function nameOf(shape: Shape): string {
  return NAMES[shape.is];
}
