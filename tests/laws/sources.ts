import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** A source file below `src/`, its path from there with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments; strings stay. */
  readonly code: string;
  readonly isTest: boolean;
}

export interface Import {
  /** From `src/` for a file of ours, else as written. */
  readonly to: string;
  readonly isOurs: boolean;
  readonly typeOnly: boolean;
}

const ROOT = join(import.meta.dirname, "../../src");

const TOKENS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[=(,:!&|?{}\n]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;

export const SOURCES: readonly Source[] = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .sort()
  .map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const isTest = /\.test\.ts$/.test(path);
    return { path, text, code: withoutComments(text), isTest };
  });

const FROM =
  /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

export function importsOf({ path, code }: Source): readonly Import[] {
  return [...code.matchAll(FROM)].map(([, type, named, dynamic]) => {
    const written = named ?? dynamic ?? "";
    const isOurs = written.startsWith(".");
    const to = isOurs ? normalize(join(dirname(path), written)).replaceAll("\\", "/") : written;
    return { to, isOurs, typeOnly: type !== undefined };
  });
}

/** Comments become nothing, their line breaks stay; strings and regular expressions are stepped over. */
function withoutComments(text: string): string {
  return text.replace(TOKENS, (token) => {
    const isComment = token.startsWith("//") || token.startsWith("/*");
    return isComment ? token.replace(/[^\n]/g, "") : token;
  });
}
