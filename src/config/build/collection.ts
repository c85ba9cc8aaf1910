import { createHash } from "node:crypto";
import type { z } from "zod";
import { isRecord, type Path } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { didYouMean } from "../file/report.ts";
import { REFERENCES } from "../schemas/reference.ts";
import type { Entry } from "./flatten.ts";

/** An entity of a file that its schema accepts. */
export interface Entity<Fields> {
  readonly id: string;
  readonly entry: Entry;
  readonly fields: Fields;
}

/** All entities of one kind, found by id or by name. */
export interface Collection<Fields> {
  readonly all: readonly Entity<Fields>[];
  ofEntry(entry: Entry): Entity<Fields> | undefined;
  /** Without a report. */
  peek(reference: Reference): Entity<Fields> | undefined;
  /** Reports a reference to nothing; one to an entity that is itself wrong gives undefined in silence. */
  find(reference: Reference, path: Path): Entity<Fields> | undefined;
}

export type Reference = string | Readonly<Record<string, string | undefined>>;

interface Kind<S extends z.ZodType> {
  /** As the list is called. */
  readonly list: string;
  readonly schema: S;
  /** Fields that no two entities may share and that references may use. */
  readonly keys: readonly string[];
  /** What an id is made of when there is neither an id nor a name: what the entity does. */
  identity(fields: z.output<S>, entry: Entry): readonly (string | undefined)[];
}

export function collect<S extends z.ZodType>(
  kind: Kind<S>,
  entries: readonly Entry[],
  reading: Reading,
): Collection<z.output<S>> {
  const all: Entity<z.output<S>>[] = [];
  const byEntry = new Map<Entry, Entity<z.output<S>>>();
  const byKey = new Map<string, Entry>();
  const unnamed = new Map<string, number>();

  const idOf = (fields: z.output<S>, entry: Entry): string => {
    const given = textField(entry.raw, "id");
    if (given !== undefined) return given;
    for (const key of kind.keys) {
      const name = textField(entry.raw, key);
      if (name !== undefined) return derivedId(kind.list, key, name);
    }
    const parts = kind.identity(fields, entry);
    const same = JSON.stringify(parts);
    const ordinal = unnamed.get(same) ?? 0;
    unnamed.set(same, ordinal + 1);
    return derivedId(kind.list, ...parts, ...(ordinal === 0 ? [] : [ordinal]));
  };

  for (const entry of entries) {
    for (const key of ["id", ...kind.keys]) {
      const value = textField(entry.raw, key);
      if (value === undefined) continue;
      const slot = `${key}:${value}`;
      if (!byKey.has(slot)) {
        byKey.set(slot, entry);
        continue;
      }
      reading.report.add({
        path: [...entry.path, key],
        message: `uniqueness violation: '${kind.list}' entity with ${key} set to '${value}' already declared`,
      });
    }
    const fields = readValue(kind.schema, entry.raw, entry.path, reading);
    if (fields === undefined) continue;
    const entity = { id: idOf(fields, entry), entry, fields };
    all.push(entity);
    byEntry.set(entry, entity);
  }

  const entryOf = (reference: Reference) =>
    slotsOf(reference, kind.keys)
      .map((slot) => byKey.get(slot))
      .find((one) => one !== undefined);

  return {
    all,
    ofEntry: (entry) => byEntry.get(entry),
    peek(reference) {
      const entry = entryOf(reference);
      return entry && byEntry.get(entry);
    },
    find(reference, path) {
      const entry = entryOf(reference);
      if (entry !== undefined) return byEntry.get(entry);
      const named = nameOf(reference);
      const names = entries.flatMap(({ raw }) =>
        kind.keys.flatMap((key) => textField(raw, key) ?? []),
      );
      reading.report.add({
        path,
        message: `invalid reference '${kind.list}: ${named}' (no such entry in '${kind.list}')`,
        hint: didYouMean(named, names),
      });
      return undefined;
    },
  };
}

/** For an entity whose fields are wrong: that must not hide a reference to nothing. */
export function checkReference(
  { raw, path }: Entry,
  field: keyof typeof REFERENCES,
  among: Collection<unknown>,
): void {
  const written = isRecord(raw) ? (raw[field] ?? undefined) : undefined;
  const { data } = REFERENCES[field].safeParse(written);
  if (data !== undefined) among.find(data, [...path, field]);
}

export function textField(raw: unknown, key: string): string | undefined {
  const value = isRecord(raw) ? raw[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

function slotsOf(reference: Reference, keys: readonly string[]): readonly string[] {
  if (typeof reference === "string") return ["id", ...keys].map((key) => `${key}:${reference}`);
  return Object.entries(reference).map(([key, value]) => `${key}:${value}`);
}

function nameOf(reference: Reference): string {
  if (typeof reference === "string") return reference;
  return String(Object.values(reference).find((value) => typeof value === "string") ?? "");
}

/**
 * An id that survives reloads: the same parts give the same UUID-shaped hash (version 8 of
 * RFC 9562: contents of one's own making).
 */
export function derivedId(...parts: readonly (string | number | undefined)[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(18, 20),
    hex.slice(20, 32),
  ].join("-");
}
