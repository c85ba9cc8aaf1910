import { z } from "zod";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The JSON Schema of what may be written, with the marks (`secret`, `referenceable`, `templated`) kept. */
export function writtenSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

/** Markdown for a record: its fields in a table, then a section for each record inside it. */
export function recordSections(schema: JsonSchema, name: string): string {
  const sections: string[] = [];
  const described = new Map<string, string>();
  render(schema, name);
  return sections.join("\n\n");

  function render(record: JsonSchema, path: string): void {
    const inner: [JsonSchema, string][] = [];
    const rows = fieldsOf(record).map(([member, field]) => {
      const nested = nestedRecord(field, `${path}.${member}`);
      const isNew = nested !== undefined && remember(nested);
      if (nested && isNew) inner.push([nested.record, nested.path]);
      const seeAlso = nested ? described.get(keyOf(nested.record)) : undefined;
      const required = record.required?.includes(member) === true;
      return fieldRow(member, field, required, seeAlso);
    });
    const table = ["| Field | Type | Default | |", "|---|---|---|---|", ...rows].join("\n");
    const about = path !== name && record.description ? [record.description] : [];
    sections.push([heading(path, name), ...about, table].join("\n\n"));
    for (const [one, at] of inner) render(one, at);
  }

  function remember(nested: Nested): boolean {
    const key = keyOf(nested.record);
    if (described.has(key)) return false;
    described.set(key, nested.path);
    return true;
  }
}

function heading(path: string, name: string): string {
  return path === name ? `## ${name}` : `### \`${path}\``;
}

interface Nested {
  readonly record: JsonSchema;
  readonly path: string;
}

/** The record that a field holds, is a list of, or has under names of the writer's choice. */
function nestedRecord(field: JsonSchema, path: string): Nested | undefined {
  if (fieldsOf(field).length > 0) return { record: field, path };
  const items = objectOf(field.items);
  if (items) return nestedRecord(items, `${path}[]`);
  const values = objectOf(field.additionalProperties);
  if (values) return nestedRecord(values, `${path}.<name>`);
  for (const option of field.anyOf ?? []) {
    const found = nestedRecord(objectOf(option) ?? {}, path);
    if (found) return found;
  }
  return undefined;
}

function fieldRow(name: string, field: JsonSchema, required: boolean, see?: string): string {
  const standard = required ? "required" : defaultOf(field);
  const where = see === undefined ? "" : `Fields: [\`${see}\`](#${anchor(see)}).`;
  const words = [field.description ?? "", limits(field), marks(field), where];
  const cells = [`\`${name}\``, typeOf(field), standard, words.filter(Boolean).join(" ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined) return "";
  const text = JSON.stringify(value);
  return text === "{}" ? "" : `\`${text}\``;
}

function typeOf(field: JsonSchema): string {
  if (field.$ref !== undefined) {
    const name = field.$ref.slice(field.$ref.lastIndexOf("/") + 1);
    return `[\`${name}\`](#${anchor(name)})`;
  }
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(", ");
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  const options = field.anyOf ?? field.oneOf;
  if (options) return [...new Set(options.map((one) => typeOf(objectOf(one) ?? {})))].join(" or ");
  if (field.type === "array") return `list of ${typeOf(objectOf(field.items) ?? {})}`;
  if (field.type === "object") return recordType(field);
  return typeof field.type === "string" ? field.type : "anything";
}

function recordType(field: JsonSchema): string {
  if (fieldsOf(field).length > 0) return "record";
  const values = objectOf(field.additionalProperties);
  return `map of name to ${values ? typeOf(values) : "anything"}`;
}

function limits(field: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, pattern } = field;
  const parts = [
    bound("at least", minimum),
    bound("at most", maximum),
    minLength === 1 ? "not empty" : bound("length at least", minLength),
    bound("length at most", maxLength),
    minItems === undefined ? "" : `${minItems} or more`,
    pattern === undefined ? "" : `matches \`${pattern}\``,
  ].filter(Boolean);
  return parts.length === 0 ? "" : `(${parts.join(", ")})`;
}

/** The largest integers that JSON can carry exactly are no limit worth telling. */
function bound(words: string, value: number | undefined): string {
  if (value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER) return "";
  return `${words} ${value}`;
}

function marks(field: JsonSchema): string {
  const set = ["secret", "referenceable", "templated", "deprecated"].filter((mark) => {
    return allOf(field).some((one) => one[mark] === true);
  });
  if (field.writeOnly === true && !set.includes("secret")) set.unshift("secret");
  return set.map((mark) => `*${mark}*`).join(" ");
}

/** A field and what it is a list or choice of: a mark may stand on any of them. */
function allOf(field: JsonSchema): readonly JsonSchema[] {
  const inner = [field.items, field.additionalProperties, ...(field.anyOf ?? [])];
  return [field, ...inner.flatMap((one) => leaf(objectOf(one)))];
}

function leaf(schema: JsonSchema | undefined): readonly JsonSchema[] {
  return schema === undefined || fieldsOf(schema).length > 0 ? [] : allOf(schema);
}

function fieldsOf({ properties = {} }: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  return Object.entries(properties).map(([name, field]) => [name, objectOf(field) ?? {}] as const);
}

function objectOf(schema: unknown): JsonSchema | undefined {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return undefined;
  return schema as JsonSchema;
}

function keyOf(record: JsonSchema): string {
  return JSON.stringify(record.properties);
}

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
