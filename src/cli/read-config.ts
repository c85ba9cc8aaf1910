import { readFileSync } from "node:fs";
import type { LoadResult, Problem } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { PLUGINS } from "../plugins/registry.ts";
import { UsageError } from "./command.ts";

/** Where a configuration stands: in a file, or in a text that messages call `name`. */
export type Origin = { readonly file: string } | { readonly text: string; readonly name: string };

/** Throws `UsageError` for a file that cannot be read. */
export function loadOrigin(origin: Origin): LoadResult {
  return "file" in origin ? readConfig(origin.file) : loadText(origin.text, origin.name);
}

/** Loads a configuration file; `-` is the standard input. A file that cannot be read is a `UsageError`. */
export function readConfig(file: string): LoadResult {
  return loadText(readText(file), file === "-" ? "(stdin)" : file);
}

export function loadText(text: string, file: string): LoadResult {
  return loadConfig(
    { text, file },
    { env: process.env, plugins: PLUGINS, readFile: (path) => readFileSync(path, "utf8") },
  );
}

export function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read ${file}: ${reason}`);
  }
}

/** `file:line:column: error: path: message (hint)`, as compilers write it. */
export function problemLine({ severity, path, message, position, hint }: Problem): string {
  const at = position ? `${position.file}:${position.line}:${position.column}: ` : "";
  const where = path === "" ? "" : `${path}: `;
  return `${at}${severity}: ${where}${message}${hint ? ` (${hint})` : ""}`;
}
