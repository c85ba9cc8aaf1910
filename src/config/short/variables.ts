import { isRecord, type Path } from "../file/raw-value.ts";
import type { Reading } from "../file/read-value.ts";

/** `$$`, `$NAME`, `${NAME}`, or what only begins like that. A `$` before anything else is itself. */
const REFERENCE = /\$(?:\$|(?<bare>[A-Za-z_]\w*)|\{(?<braced>[A-Za-z_]\w*)\}|\{)/g;

/** A text that is nothing but a variable as LiteLLM, Node, Python, Windows or a template writes it. */
const FOREIGN =
  /^(?:(?:os\.environ(?:\/|\[["'])|process\.env\.|env[.:/]|%)(?<plain>[A-Za-z_]\w*)(?:["']\]|%)?|\{\{(?:[^{}]*\benv\W+(?<templated>[A-Za-z_]\w*))?[^{}]*\}\})$/i;

const MALFORMED = `'\${' begins no reference here: write \${NAME}, or $$ for a $ as such`;

/** `$NAME` and `${NAME}` in every text, from the environment; one that cannot be filled in is reported. */
export function fillVariables(
  value: unknown,
  path: Path,
  env: Readonly<Record<string, string | undefined>>,
  { report }: Reading,
): unknown {
  const fillText = (text: string, at: Path): string => {
    const foreign = FOREIGN.exec(text)?.groups;
    if (foreign !== undefined) {
      const name = foreign["plain"] ?? foreign["templated"] ?? "NAME";
      report.add({ path: at, message: `is how another tool names a variable: write $${name}` });
      return text;
    }
    return text.replace(REFERENCE, (written, bare?: string, braced?: string) => {
      if (written === "$$") return "$";
      const name = bare ?? braced;
      if (name === undefined) {
        report.add({ path: at, message: MALFORMED });
        return written;
      }
      const found = env[name]?.trim();
      if (found !== undefined && found !== "") {
        report.conceal(found);
        return found;
      }
      report.add({
        path: at,
        message: `environment variable ${name} ${found === undefined ? "is not set" : "is empty"}`,
        // A password may hold a `$` that was never meant to begin a name.
        hint: bare === undefined || written === text ? undefined : "a $ as such is written $$",
      });
      return written;
    });
  };
  const fill = (inner: unknown, at: Path): unknown => {
    if (typeof inner === "string") return fillText(inner, at);
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
