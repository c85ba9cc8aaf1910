/** Where a value stands in a file, from its root. */
export type Path = readonly (string | number)[];

/** `["plugins", 0, "config"]` → `plugins[0].config`; a key with dots or brackets is quoted. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, segment) => text + formatSegment(segment, text === ""), "");
}

function formatSegment(segment: string | number, first: boolean): string {
  if (typeof segment === "number") return `[${segment}]`;
  if (segment === "" || /[.[\]\s]/.test(segment)) return `['${segment}']`;
  return first ? segment : `.${segment}`;
}

/** A map of a configuration file, before it is validated. */
export type RawRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is RawRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
