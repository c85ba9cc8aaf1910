import type { z } from "zod";
import { layers, memberSchemas, opened, type Schema } from "./schema-walk.ts";

type Issue = z.core.$ZodIssue;

/** Wrong fields can mean many values at once; past this many, nothing is concluded. */
const MAX_READINGS = 512;

/** A missing record brings missing fields of its own. */
const MAX_ROUNDS = 4;

const TEXTS = ["x", "/x", "https://x.example/x", "x.example", "POST", "12345678"];
const NUMBERS = [1, 0, 100, 400, 1_000];

/**
 * Checks of a whole entity only run once each field is sound, so a wrong field would hide what is
 * wrong between others. These are the checks that fail whatever the wrong fields are meant to be:
 * each is read as every sound value there is of its kind, or as a sample where they are countless.
 */
export function hiddenIssues(
  schema: z.ZodType,
  value: unknown,
  issues: readonly Issue[],
): readonly Issue[] {
  let readings = [value];
  let found = issues;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const paths = innermost(found);
    if (paths.length === 0 || paths.some(({ length }) => length === 0)) return [];
    const stands = paths.map((path) => soundValues(path.reduce(membersOf, [schema])));
    const count = stands.reduce((product, { length }) => product * length, readings.length);
    if (count === 0 || count > MAX_READINGS) return [];
    for (const [index, path] of paths.entries()) {
      const sound = stands[index] ?? [];
      readings = readings.flatMap((reading) => sound.map((one) => replaced(reading, path, one)));
    }
    const outcomes = readings.map((reading) => schema.safeParse(reading).error?.issues ?? []);
    const broken = outcomes.find((outcome) => outcome.some(({ code }) => code !== "custom"));
    if (broken === undefined) return common(outcomes);
    found = broken;
  }
  return [];
}

/** Where the faults are that keep the checks of the whole from running. */
function innermost(issues: readonly Issue[]): PropertyKey[][] {
  const paths = issues.filter(({ code }) => code !== "custom").map(({ path }) => path);
  const known = new Set<string>();
  return paths.filter((path) => {
    const key = JSON.stringify(path.map(String));
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

function membersOf(schemas: readonly Schema[], key: PropertyKey): readonly Schema[] {
  return typeof key === "symbol" ? [] : memberSchemas(schemas, key);
}

function soundValues(schemas: readonly Schema[]): readonly unknown[] {
  return schemas.flatMap((schema) =>
    layers(schema)
      .flatMap(samples)
      .filter((sample) => isSound(schema, sample)),
  );
}

/** Records are begun empty: what they lack is found in the next round. */
function samples(schema: Schema): readonly unknown[] {
  const { def } = opened(schema);
  switch (def.type) {
    case "enum":
      return Object.values(def.entries);
    case "literal":
      return def.values;
    case "boolean":
      return [true, false];
    case "number": {
      const fitting = NUMBERS.find((number) => isSound(schema, number));
      return fitting === undefined ? [] : [fitting];
    }
    case "string": {
      const fitting = TEXTS.find((text) => isSound(schema, text));
      return fitting === undefined ? [] : [fitting];
    }
    case "array":
      return isSound(schema, []) ? [[]] : soundValues([def.element]).map((one) => [one]);
    case "object":
    case "record":
      return [{}];
    default:
      return [];
  }
}

/** Whether nothing is wrong with it but what a record of its kind would still lack. */
function isSound(schema: Schema, value: unknown): boolean {
  const issues = (schema as z.ZodType).safeParse(value).error?.issues ?? [];
  return issues.every(
    ({ code, path }) => path.length > 0 || (code === "custom" && typeof value === "object"),
  );
}

function replaced(value: unknown, path: readonly PropertyKey[], sound: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return sound;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) => (index === head ? replaced(item, rest, sound) : item));
  }
  const members = typeof value === "object" && value !== null ? value : {};
  return { ...members, [head]: replaced(Reflect.get(members, head), rest, sound) };
}

function common(outcomes: readonly (readonly Issue[])[]): readonly Issue[] {
  const [first = [], ...others] = outcomes;
  return first.filter((issue) =>
    others.every((outcome) => outcome.some((other) => isSame(issue, other))),
  );
}

function isSame(one: Issue, other: Issue): boolean {
  return one.message === other.message && String(one.path) === String(other.path);
}
