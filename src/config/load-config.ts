import { buildCertificates } from "./build/certificates.ts";
import { buildConsumers } from "./build/consumers.ts";
import { type Entries, flatten } from "./build/flatten.ts";
import { buildPlugins } from "./build/plugins.ts";
import { buildServices } from "./build/services.ts";
import { checkUnused } from "./build/unbuilt.ts";
import type { Config, LoadContext, LoadResult } from "./config.ts";
import { readDocument } from "./file/document.ts";
import { foreignFile } from "./file/foreign-file.ts";
import { withCurrentPaths } from "./file/older-paths.ts";
import { isRecord, type RawRecord } from "./file/raw-value.ts";
import { type Reading, readValue } from "./file/read-value.ts";
import { createReport, type Report } from "./file/report.ts";
import { createVaults, type VaultEntity } from "./file/vault.ts";
import { vaultSchema } from "./schemas/other-entities.ts";
import { rootSchema } from "./schemas/root.ts";
import { compileShortForm, type ShortEntities } from "./short/short-form.ts";

/**
 * A configuration file, declarative or short, to the entities it means; or everything that is wrong
 * with it, in the order of the file. Never throws on what a file says, and never prints a secret.
 */
export function loadConfig(
  source: { readonly text: string; readonly file: string },
  context: LoadContext,
): LoadResult {
  const document = readDocument(source, context.env);
  const report = createReport(document);
  if (!isRecord(document.value)) {
    if (document.faults.length === 0) {
      report.add({ path: [], message: isEmpty(document.value) ? EMPTY : NO_RECORD });
    }
    return { problems: report.problems() };
  }
  const foreign = foreignFile(document.value);
  if (foreign !== undefined) {
    report.add(foreign);
    return { problems: report.problems() };
  }
  const root = withCurrentPaths(document.value, report);
  const entries = flatten(root);
  const noVaults = createVaults({ ...context, entities: [] });
  const bare = { document, report, vaults: noVaults };
  const vaults = createVaults({ ...context, entities: readVaults(entries, bare) });
  const reading = { document, report, vaults };
  checkRoot(root, reading);
  const declared = build(entries, context, reading);
  const short = compileShortForm(root, context, reading);
  refuseTwins(declared, short, report);
  const workers = rootSchema.shape.workers.safeParse(root["workers"] ?? undefined).data;
  const config = { ...merge(declared, short), ...(workers !== undefined && { workers }) };
  const problems = report.problems();
  if (problems.some(({ severity }) => severity === "error")) return { problems };
  return { config: { ...config, warnings: problems } };
}

const BEGIN =
  "write providers and models, or a declarative file that begins with _format_version; 'dragoman init' writes a first one";
const EMPTY = `the file is empty: ${BEGIN}`;
const NO_RECORD = `expected a record: ${BEGIN}`;

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function build(entries: Entries, context: LoadContext, reading: Reading): Omit<Config, "warnings"> {
  const upstreams = buildServices(entries, reading);
  const callers = buildConsumers(entries, reading);
  const definitions = context.plugins;
  const plugins = buildPlugins(entries, { upstreams, callers, definitions, reading });
  checkUnused(entries, upstreams.built.services, reading);
  const certificates = buildCertificates(entries, reading);
  return { ...upstreams.built, ...callers.built, plugins, certificates };
}

function merge(declared: Omit<Config, "warnings">, short: ShortEntities): Omit<Config, "warnings"> {
  return {
    ...declared,
    services: [...declared.services, ...short.services],
    routes: [...declared.routes, ...short.routes],
    plugins: [...declared.plugins, ...short.plugins],
    consumers: [...declared.consumers, ...short.consumers],
    credentials: [...declared.credentials, ...short.credentials],
  };
}

/** A key of the short form is a consumer too, of that name. */
function refuseTwins(
  { consumers }: Pick<Config, "consumers">,
  short: ShortEntities,
  report: Report,
): void {
  for (const { username = "" } of short.consumers) {
    if (!consumers.some((other) => other.username === username)) continue;
    report.add({
      path: ["keys", username],
      message: `uniqueness violation: 'consumers' entity with username set to '${username}' already declared`,
      part: "key",
    });
  }
}

function checkRoot(root: RawRecord, reading: Reading): void {
  readValue(rootSchema, root, [], reading);
  if (root["_format_version"] !== undefined && root["_format_version"] !== null) return;
  if (root["providers"] !== undefined || root["models"] !== undefined) return;
  if (isRecord(root["keys"])) return;
  const isDeclarative = Object.keys(root).some((field) => Object.hasOwn(rootSchema.shape, field));
  reading.report.add(
    isDeclarative
      ? { path: ["_format_version"], message: "required field missing" }
      : { path: [], message: `the file has nothing that is known here: ${BEGIN}` },
  );
}

function readVaults(entries: Entries, reading: Reading): VaultEntity[] {
  const prefixes = new Set<string>();
  return entries.of("vaults").flatMap(({ raw, path }) => {
    const vault = readValue(vaultSchema, raw, path, reading);
    if (vault === undefined) return [];
    if (prefixes.has(vault.prefix)) {
      const message = `uniqueness violation: 'vaults' entity with prefix set to '${vault.prefix}' already declared`;
      reading.report.add({ path: [...path, "prefix"], message });
    }
    prefixes.add(vault.prefix);
    return [vault];
  });
}
