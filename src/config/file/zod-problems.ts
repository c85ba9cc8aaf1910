import type { z } from "zod";
import type { Path } from "./raw-value.ts";
import { didYouMean, type Finding } from "./report.ts";
import {
  exampleOf,
  fieldNames,
  layers,
  memberSchemas,
  opened,
  ownNameOf,
  placeElsewhere,
  type Schema,
} from "./schema-walk.ts";

type Issue = z.core.$ZodIssue;

/** Name of the last segment of an issue that concerns an entity rather than one of its fields. */
const ENTITY = "@entity";

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "a boolean",
  array: "an array",
  tuple: "an array",
  object: "a record",
  record: "a record",
  enum: "a string",
};

/**
 * A schema's complaints in the words of the reference, with paths relative to the value. An issue of
 * an entity check whose `params.scope` is `"plugin"` concerns the plugin and not its `config`.
 */
export function zodFindings(schema: Schema, value: unknown, issues: readonly Issue[]): Finding[] {
  return issues.flatMap((issue) => findingsOf(schema, value, issue));
}

/** Whether an issue is a check of the plugin as a whole, above its `config`. */
export function isPluginCheck(issue: Issue): boolean {
  return issue.code === "custom" && issue.params?.["scope"] === "plugin";
}

function findingsOf(schema: Schema, root: unknown, issue: Issue): Finding[] {
  const path = issue.path.map((segment) => (typeof segment === "symbol" ? "" : segment));
  const schemas = path.reduce<readonly Schema[]>(memberSchemas, [schema]);
  const value = path.reduce(memberOf, root);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: "unknown field",
        part: "key",
        hint: fieldHint(key, schemas),
      }));
    case "invalid_union":
      return unionFindings(schema, root, issue, path);
    case "custom":
      return [{ path, message: issue.message, part: path.at(-1) === ENTITY ? "key" : "value" }];
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? "invalid key", part: "key" }];
    case "invalid_element":
      return [{ path, message: "invalid value" }];
    case "invalid_type":
    case "invalid_value":
    case "too_big":
    case "too_small":
    case "invalid_format":
    case "not_multiple_of":
      if (value === undefined) return [{ path, message: "required field missing", part: "key" }];
      return [
        { path, message: sentence(issue, schemas, value), ...nearestOf(issue, schemas, value) },
      ];
  }
}

function fieldHint(key: string, schemas: readonly Schema[]): string | undefined {
  if (/^\/[/*]/.test(key)) return "a comment begins with '#'";
  const elsewhere = placeElsewhere(key, schemas);
  if (elsewhere !== undefined) return elsewhere;
  const own = ownNameOf(key, schemas);
  return own === undefined ? didYouMean(key, fieldNames(schemas)) : `it is called '${own}' here`;
}

function nearestOf(
  issue: Issue,
  schemas: readonly Schema[],
  value: unknown,
): Pick<Finding, "hint"> {
  if (issue.code === "invalid_type") {
    const example = exampleOf(schemas);
    return example === undefined ? {} : { hint: `write it as ${example}` };
  }
  if (issue.code !== "invalid_value" || typeof value !== "string") return {};
  return { hint: didYouMean(value, issue.values.map(String)) };
}

type ValueIssue = Extract<
  Issue,
  {
    code:
      | "invalid_type"
      | "invalid_value"
      | "too_big"
      | "too_small"
      | "invalid_format"
      | "not_multiple_of";
  }
>;

function sentence(issue: ValueIssue, schemas: readonly Schema[], value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${typeNames(schemas, issue.expected)}`;
    case "invalid_value":
      if (issue.values.every((one) => typeof one === "string") && typeof value !== "string") {
        return "expected a string";
      }
      return `expected one of: ${issue.values.map(String).join(", ")}`;
    case "too_big":
    case "too_small":
      return rangeSentence(issue, schemas);
    case "not_multiple_of":
      return `value must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      if (issue.message !== "" && !issue.message.startsWith("Invalid")) return issue.message;
      return issue.format === "url" ? "expected a URL" : "value does not have the expected form";
  }
}

function rangeSentence(
  issue: Extract<Issue, { code: "too_big" | "too_small" }>,
  schemas: readonly Schema[],
): string {
  const least = issue.code === "too_small";
  if (issue.origin !== "number" && issue.origin !== "int") {
    const bound = least ? issue.minimum : issue.maximum;
    return `length must be at ${least ? "least" : "most"} ${bound}`;
  }
  const { minimum, maximum } = bounds(schemas);
  if (minimum !== undefined && maximum !== undefined) {
    return `value should be between ${minimum} and ${maximum}`;
  }
  if (least) {
    return issue.inclusive
      ? `value must be at least ${issue.minimum}`
      : `value must be greater than ${issue.minimum}`;
  }
  return issue.inclusive
    ? `value must be at most ${issue.maximum}`
    : `value must be less than ${issue.maximum}`;
}

interface Bounds {
  readonly minimum?: number | bigint | Date;
  readonly maximum?: number | bigint | Date;
}

/** Inclusive bounds alone: others are not a `between`. */
function bounds(schemas: readonly Schema[]): Bounds {
  let found: Bounds = {};
  for (const layer of schemas.flatMap(layers)) {
    const { def } = opened(layer);
    for (const check of (def.type === "number" ? def.checks : undefined) ?? []) {
      const checkDef = (check as z.core.$ZodChecks)._zod.def;
      if (checkDef.check === "greater_than" && checkDef.inclusive) {
        found = { ...found, minimum: checkDef.value };
      }
      if (checkDef.check === "less_than" && checkDef.inclusive) {
        found = { ...found, maximum: checkDef.value };
      }
    }
  }
  return found;
}

function typeNames(schemas: readonly Schema[], expected: string): string {
  const names = new Set<string>();
  for (const layer of schemas.flatMap(layers)) {
    const { def } = opened(layer);
    const integer = def.type === "number" && isInteger(def);
    const name = TYPE_NAMES[integer ? "int" : def.type];
    if (name !== undefined) names.add(name);
  }
  if (names.size === 0) return TYPE_NAMES[expected] ?? `a ${expected}`;
  return [...names].join(" or ");
}

function isInteger(def: z.core.$ZodNumberDef): boolean {
  if ("format" in def) return true;
  return (def.checks ?? []).some((check) => {
    const checkDef = (check as z.core.$ZodChecks)._zod.def;
    return checkDef.check === "number_format" && checkDef.format !== "float64";
  });
}

/** The option whose kind the value has speaks; when none or all have it, the kinds are listed. */
function unionFindings(
  schema: Schema,
  root: unknown,
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: Path,
): Finding[] {
  const schemas = path.reduce<readonly Schema[]>(memberSchemas, [schema]);
  const value = path.reduce(memberOf, root);
  if (value === undefined) return [{ path, message: "required field missing", part: "key" }];
  const fitting = issue.errors.filter((issues) => !issues.some(isWrongKind));
  const [option] = fitting.sort((a, b) => a.length - b.length);
  if (option !== undefined) {
    return option.flatMap((inner) =>
      findingsOf(schema, root, { ...inner, path: [...path, ...inner.path] }),
    );
  }
  const literals = issue.errors
    .flat()
    .flatMap((one) => (one.code === "invalid_value" ? one.values.map(String) : []));
  if (literals.length > 0) return [{ path, message: `expected one of: ${literals.join(", ")}` }];
  return [{ path, message: `expected ${typeNames(schemas, "value")}` }];
}

function isWrongKind(issue: Issue): boolean {
  return (
    issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value")
  );
}

function memberOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}
