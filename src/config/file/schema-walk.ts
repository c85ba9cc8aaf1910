import { z } from "zod";

export type Schema = z.core.$ZodType;

/** Flags that schemas carry as zod metadata. */
export interface Marks {
  /** Redacted wherever it is printed. */
  readonly secret: boolean;
  /** May hold `{vault://…}`. */
  readonly referenceable: boolean;
}

/** What a schema stands for once wrappers and unions are opened: the schemas a value is held against. */
export function layers(schema: Schema): readonly Schema[] {
  const known = LAYERS.get(schema);
  if (known !== undefined) return known;
  const found = [schema, ...inside(schema).flatMap(layers)];
  LAYERS.set(schema, found);
  return found;
}

/** Schemas never change, and a file holds each of them against many values. */
const LAYERS = new WeakMap<Schema, readonly Schema[]>();

export function marksOf(schemas: readonly Schema[]): Marks {
  const metas = metasOf(schemas);
  return {
    secret: metas.some((meta) => meta["secret"] === true),
    referenceable: metas.some((meta) => meta["referenceable"] === true),
  };
}

function metasOf(schemas: readonly Schema[]): readonly Readonly<Record<string, unknown>>[] {
  return schemas.flatMap(layers).map((layer) => z.globalRegistry.get(layer) ?? {});
}

/** The schemas of a member of a value; none when nothing is known of it. */
export function memberSchemas(schemas: readonly Schema[], key: string | number): readonly Schema[] {
  return schemas.flatMap(layers).flatMap((layer) => {
    const { def } = opened(layer);
    if (def.type === "array") return typeof key === "number" ? [def.element] : [];
    if (def.type === "record") return [def.valueType];
    if (def.type !== "object") return [];
    const known = Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
    return known === undefined || opened(known).def.type === "never" ? [] : [known];
  });
}

/** What a field is called here that is called `name` elsewhere. */
export function ownNameOf(name: string, schemas: readonly Schema[]): string | undefined {
  return phraseFor(name, "otherNames", schemas);
}

/** Where stands what someone wrote as a field `name` of an object that has no such field: a phrase. */
export function placeElsewhere(name: string, schemas: readonly Schema[]): string | undefined {
  return phraseFor(name, "elsewhere", schemas);
}

function phraseFor(
  name: string,
  table: "otherNames" | "elsewhere",
  schemas: readonly Schema[],
): string | undefined {
  const plain = name.toLowerCase().replaceAll("-", "_");
  const phrases = metasOf(schemas).map(({ [table]: phraseOf }) =>
    typeof phraseOf === "object" && phraseOf ? Reflect.get(phraseOf, plain) : undefined,
  );
  return phrases.find((phrase) => typeof phrase === "string");
}

/** What a value of a schema looks like, for those who wrote another kind of value. */
export function exampleOf(schemas: readonly Schema[]): string | undefined {
  const examples = metasOf(schemas).map(({ written }) => written);
  return examples.find((example) => typeof example === "string");
}

/** Names of the fields that an object may have. */
export function fieldNames(schemas: readonly Schema[]): readonly string[] {
  return schemas.flatMap(layers).flatMap((layer) => {
    const { def } = opened(layer);
    return def.type === "object" ? Object.keys(def.shape) : [];
  });
}

/** Whether a value of this type is among those that the schemas take. */
export function takes(type: "boolean" | "number" | "string", schemas: readonly Schema[]): boolean {
  return schemas.flatMap(layers).some((layer) => opened(layer).def.type === type);
}

/** The internals, with the union of all kinds of definition that zod narrows by `type`. */
export function opened(schema: Schema): z.core.$ZodTypes["_zod"] {
  return (schema as z.core.$ZodTypes)._zod;
}

function inside(schema: Schema): readonly Schema[] {
  const { def } = opened(schema);
  if (def.type === "union") return def.options;
  if (def.type === "intersection") return [def.left, def.right];
  if (def.type === "lazy") return [def.getter()];
  if (def.type === "pipe") return [def.in, def.out];
  if (
    def.type === "optional" ||
    def.type === "nullable" ||
    def.type === "default" ||
    def.type === "prefault" ||
    def.type === "nonoptional" ||
    def.type === "readonly" ||
    def.type === "catch"
  ) {
    return [def.innerType];
  }
  return [];
}
