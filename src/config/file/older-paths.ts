import { decodePath } from "../../routing/upstream-path.ts";
import { isRecord, type Path, type RawRecord } from "./raw-value.ts";
import type { Report } from "./report.ts";

/** Versions that had no `~`: whether a path was an expression was read off its characters. */
const OLDER: ReadonlySet<string> = new Set(["1.1", "2.1"]);
const PLAIN = /^[A-Za-z0-9.\-_~/%]*$/;

/**
 * A file of an older version with its routes' paths in the words of 3.0, as the reference reads them
 * (kong/db/migrations/migrate_path_280_300.lua). What already begins with `~` stays.
 */
export function withCurrentPaths(root: RawRecord, report: Report): RawRecord {
  const version = String(root["_format_version"]);
  if (!OLDER.has(version)) return root;
  const current = (written: unknown, path: Path): unknown => {
    if (typeof written !== "string" || PLAIN.test(written) || written.startsWith("~")) {
      return written;
    }
    const expression = `~${decoded(written)}`;
    const message = `'${written}' is a regular expression in files of _format_version ${version}: since 3.0 it is written '${expression}'`;
    report.add({ path, message, severity: "warning" });
    return expression;
  };
  const inRoute: Change = (route, at) => withList(route, "paths", at, current);
  const inService: Change = (service, at) => withList(service, "routes", at, inRoute);
  const changed = withList(inService(root, []), "services", [], inService);
  return isRecord(changed) ? changed : root;
}

type Change = (value: unknown, path: Path) => unknown;

function withList(holder: unknown, name: string, path: Path, change: Change): unknown {
  const list = isRecord(holder) ? holder[name] : undefined;
  if (!isRecord(holder) || !Array.isArray(list)) return holder;
  const items: readonly unknown[] = list;
  return { ...holder, [name]: items.map((item, index) => change(item, [...path, name, index])) };
}

/** Requests are compared decoded; what becomes a character of the language stays itself. */
function decoded(expression: string): string {
  return expression.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    decodePath(run).replace(/[.^{}\\|-]/g, "\\$&"),
  );
}
