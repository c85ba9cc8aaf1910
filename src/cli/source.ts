import { readFileSync } from "node:fs";
import type { LoadResult, Problem } from "../config/config.ts";
import type { EnvironmentSettings } from "../config/environment/environment.ts";
import { loadConfig } from "../config/load-config.ts";
import { type Detected, detectProviders, ollamaOrigin } from "../config/short/detect.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { PLUGINS } from "../plugins/registry.ts";
import { UsageError } from "./command.ts";

/** Where the configuration comes from, and how to read it again. */
export interface Source {
  /** As messages name it. */
  readonly name: string;
  /** What was found, when no configuration was given. */
  readonly detected?: Detected;
  readonly origin: Origin;
  close(): Promise<void>;
}

/** A file named on the command line, then one named in the environment, then what the environment offers. */
export async function chooseSource(
  file: string | undefined,
  settings: EnvironmentSettings,
): Promise<Source> {
  const named = file ?? settings.declarativeConfig;
  if (named !== undefined) {
    return { name: named, origin: { file: named }, close: async () => undefined };
  }
  const inline = settings.declarativeConfigString;
  if (inline !== undefined) {
    const name = "KONG_DECLARATIVE_CONFIG_STRING";
    return { name, origin: { text: inline, name }, close: async () => undefined };
  }
  return detectedSource();
}

async function detectedSource(): Promise<Source> {
  const ollama = await ollamaAnswers(process.env);
  const found = detectProviders(process.env, { ollama });
  const lab: Lab | undefined =
    Object.keys(found.providers).length === 0 ? await startLab() : undefined;
  const detected = lab ? detectProviders(process.env, { ollama, labUrl: `${lab.url}/v1` }) : found;
  const text = JSON.stringify({ providers: detected.providers });
  return {
    name: "the environment",
    detected,
    origin: { text, name: "(environment)" },
    close: async () => lab?.stop(),
  };
}

const PROBE_TIMEOUT_MS = 200;

/** Whether a local Ollama is running. */
export async function ollamaAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const { ok } = await fetch(`${ollamaOrigin(env)}/api/version`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return ok;
  } catch {
    return false;
  }
}

/** Where a configuration stands: in a file, or in a text that messages call `name`. */
export type Origin = { readonly file: string } | OriginText;

export interface OriginText {
  readonly text: string;
  readonly name: string;
}

/** As it stands at this moment. Throws `UsageError` for a file that cannot be read. */
export function originText(origin: Origin): OriginText {
  if ("text" in origin) return origin;
  const { file } = origin;
  return { text: readText(file), name: file === "-" ? "(stdin)" : file };
}

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
