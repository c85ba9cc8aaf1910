import type { Path } from "./path.ts";
import type { Reading } from "./read-value.ts";
import { isRecord } from "./record.ts";

const WHOLE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;
const INSIDE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** `$NAME` as a whole text and `${NAME}` inside one, from the environment; a missing one is reported. */
export function fillVariables(
  value: unknown,
  path: Path,
  env: Readonly<Record<string, string | undefined>>,
  { report }: Reading,
): unknown {
  const lookUp = (at: Path, name: string): string | undefined => {
    const found = env[name];
    if (found === undefined || found === "") {
      const state = found === undefined ? "is not set" : "is empty";
      report.add({ path: at, message: `environment variable ${name} ${state}` });
      return undefined;
    }
    report.conceal(found);
    return found;
  };
  const fill = (inner: unknown, at: Path): unknown => {
    if (typeof inner === "string") {
      const name = WHOLE.exec(inner)?.[1];
      if (name !== undefined) return lookUp(at, name) ?? inner;
      return inner.replace(INSIDE, (written, part: string) => lookUp(at, part) ?? written);
    }
    if (Array.isArray(inner)) {
      const items: readonly unknown[] = inner;
      return items.map((item, index) => fill(item, [...at, index]));
    }
    if (!isRecord(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, member]) => [key, fill(member, [...at, key])]),
    );
  };
  return fill(value, path);
}
