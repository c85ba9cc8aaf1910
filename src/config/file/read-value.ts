import type { z } from "zod";
import type { SourceDocument } from "./document.ts";
import { hiddenIssues } from "./hidden-issues.ts";
import { isRecord, type Path } from "./raw-value.ts";
import type { Report } from "./report.ts";
import { marksOf, memberSchemas, type Schema, takes } from "./schema-walk.ts";
import { holdsReference, VaultError, type Vaults } from "./vault.ts";
import { isPluginCheck, zodFindings } from "./zod-problems.ts";

/** What reading a value needs to know of the file it stands in. */
export interface Reading {
  readonly document: SourceDocument;
  readonly report: Report;
  readonly vaults: Vaults;
}

/** Members that are comments wherever they stand. */
const COMMENTS: ReadonlySet<string> = new Set(["_comment", "_ignore"]);

/**
 * A value as its schema parses it, with secrets filled in; undefined when something is wrong with
 * it, which the report then says.
 */
export function readValue<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  path: Path,
  reading: Reading,
): z.output<S> | undefined {
  const value = prepare([schema], raw, path, reading);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues: told } = result.error;
  const unknownKeys = told.filter((issue) => issue.code === "unrecognized_keys");
  const known = unknownKeys.reduce<unknown>(
    (rest, issue) => without(rest, issue.path, issue.keys),
    value,
  );
  const others = unknownKeys.length === 0 ? told : (schema.safeParse(known).error?.issues ?? []);
  const issues = [...unknownKeys, ...others, ...hiddenIssues(schema, known, others)];
  for (const issue of issues) {
    const base = isPluginCheck(issue) ? path.slice(0, -1) : path;
    for (const finding of zodFindings(schema, value, [issue])) {
      reading.report.add({ ...finding, path: [...base, ...finding.path] });
    }
  }
  return undefined;
}

/** Comments away, `null` is unset, references filled in, and the types of filled-in texts restored. */
function prepare(
  schemas: readonly Schema[],
  value: unknown,
  path: Path,
  reading: Reading,
): unknown {
  if (typeof value === "string") return preparedText(schemas, value, path, reading);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) =>
      prepare(memberSchemas(schemas, index), item, [...path, index], reading),
    );
  }
  if (!isRecord(value)) return value;
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (COMMENTS.has(key)) continue;
    const inner = memberSchemas(schemas, key);
    if (member === null && inner.length > 0) continue;
    members.push([key, prepare(inner, member, [...path, key], reading)]);
  }
  return Object.fromEntries(members);
}

function preparedText(
  schemas: readonly Schema[],
  text: string,
  path: Path,
  { document, report, vaults }: Reading,
): unknown {
  const marks = marksOf(schemas);
  let value = text;
  if (marks.referenceable && holdsReference(text)) {
    try {
      value = vaults.resolve(text);
      report.conceal(value);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      report.add({ path, message: error.message });
      return text;
    }
  } else if (marks.secret) {
    report.conceal(text);
  }
  const filledIn = value !== text || document.template(path) !== undefined;
  return filledIn && !takes("string", schemas) ? typed(schemas, value) : value;
}

/** A template inside quotes gives text, also where a number is wanted. */
function typed(schemas: readonly Schema[], text: string): unknown {
  if (takes("number", schemas) && text.trim() !== "" && Number.isFinite(Number(text))) {
    return Number(text);
  }
  if (takes("boolean", schemas) && (text === "true" || text === "false")) return text === "true";
  return text;
}

function without(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) => (index === head ? without(item, rest, keys) : item));
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  if (head === undefined) return Object.fromEntries(entries.filter(([key]) => !keys.includes(key)));
  return Object.fromEntries(
    entries.map(([key, member]) => [key, key === head ? without(member, rest, keys) : member]),
  );
}
