import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, GatewayError } from "../src/chat/error.ts";
import { type Command, optionName } from "../src/cli/command.ts";
import { fileJsonSchema } from "../src/config/json-schema.ts";
import { ANSWER_MODELS, FAULT_MODELS } from "../src/lab/models.ts";
import type { PluginDefinition } from "../src/plugins/define-plugin.ts";
import { PLUGINS } from "../src/plugins/registry.ts";
import { PROVIDERS } from "../src/providers/registry.ts";
import { conformanceTable, sdkTable } from "./conformance-table.ts";
import { ERROR_DESCRIPTIONS } from "./error-descriptions.ts";
import { fidelityPage } from "./fidelity-page.ts";
import { providerRow } from "./provider-row.ts";
import { recordSections, writtenSchema } from "./schema-tables.ts";
import { semanticCacheAccuracyPage } from "./semantic-cache-accuracy.ts";

const CLI = join(import.meta.dirname, "../src/cli");

const MARKS = `*secret* values are never printed. *referenceable* ones may be a
[vault reference](VAULTS). *templated* ones may hold
\`$(headers.name)\`, \`$(query.name)\` or \`$(uri_captures.name)\`, filled in for each request.`;

/** Every page below `docs/reference/`, by its path from there. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const plugins = [...PLUGINS].sort((a, b) => a.name.localeCompare(b.name));
  const pages: [string, string][] = [
    ["README.md", contents(plugins)],
    ["cli.md", cliPage(await commands())],
    ["configuration.md", configurationPage()],
    ["errors.md", errorsPage()],
    ["fidelity.md", fidelityPage()],
    ["semantic-cache-accuracy.md", await semanticCacheAccuracyPage()],
    ["lab-models.md", labPage()],
    ["providers.md", await providersPage()],
    ...plugins.map((plugin): [string, string] => [`plugins/${plugin.name}.md`, pluginPage(plugin)]),
  ];
  const notice = "<!-- Written by `npm run docs`; changes here are lost. -->\n\n";
  return new Map(pages.map(([path, text]) => [path, `${notice}${text.trim()}\n`]));
}

function contents(plugins: readonly PluginDefinition[]): string {
  const list = plugins.map(({ name, about }) => `- [\`${name}\`](plugins/${name}.md): ${about}`);
  return `# Reference

- [Commands](cli.md)
- [Configuration file](configuration.md)
- [Providers](providers.md)
- [Fidelity: what each provider can be told](fidelity.md)
- [How often the semantic cache is right](semantic-cache-accuracy.md)
- [Errors](errors.md)
- [Models of the lab](lab-models.md)

## Plugins

${list.join("\n")}`;
}

function pluginPage({ name, about, priority, scopes, options }: PluginDefinition): string {
  const where = scopes.map((scope) => `\`${scope}\``).join(", ");
  return `# ${name}

${about}

Priority ${priority}: plugins of higher priority run earlier. It may be set for every call, or for those of
one of: ${where}.

${MARKS.replace("VAULTS", "../../how-to/secrets.md")}

${recordSections(writtenSchema(options), "config")}`;
}

async function commands(): Promise<readonly Command[]> {
  const files = readdirSync(CLI).filter((file) => file.endsWith(".ts") && !file.includes(".test."));
  const modules = await Promise.all(
    files.map((file): Promise<Record<string, unknown>> => import(join(CLI, file))),
  );
  const found = modules.flatMap((one) => Object.values(one)).filter(isCommand);
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

function isCommand(value: unknown): value is Command {
  return typeof value === "object" && value !== null && "usage" in value && "run" in value;
}

function optionTable(options: Command["options"]): string {
  const rows = Object.entries(options).map((entry) => {
    const [, { about, default: unlessSet }] = entry;
    return `| \`${optionName(entry)}\` | ${about} | ${unlessSet ? `\`${unlessSet}\`` : ""} |`;
  });
  return rows.length > 0 ? `\n\n| Option | | Default |\n|---|---|---|\n${rows.join("\n")}` : "";
}

function cliPage(all: readonly Command[]): string {
  const sections = all.map(
    ({ name, about, usage, options }) =>
      `## ${name}\n\n${about}\n\n\`\`\`\ndragoman ${usage}\n\`\`\`${optionTable(options)}`,
  );
  return `# Commands

Run \`dragoman\` as \`node bin/dragoman.mjs\` in a checkout, or as \`npx dragoman\` where the package is
installed.

Exit codes: 0 done; 1 what was asked about is wrong; 2 the command line is.

${sections.join("\n\n")}`;
}

/** Sections of the page, by the name of the list in the file. */
function configurationPage(): string {
  const { $defs: definitions = {} } = fileJsonSchema(PLUGINS);
  const sections = Object.entries(definitions)
    .filter(([name]) => !name.startsWith("plugin-"))
    .map(([name, schema]) => recordOrText(name, typeof schema === "object" ? schema : {}));
  return `# Configuration file

A file has either lists of entities (\`_format_version: "3.0"\`), or the short form (\`providers\`,
\`models\`). \`dragoman schema\` prints the same as JSON Schema, for editors.

Options of plugins: see the [page of each plugin](README.md#plugins).

${sections.join("\n\n")}`;
}

function recordOrText(name: string, schema: Parameters<typeof recordSections>[0]): string {
  if (schema.properties) return recordSections(schema, name);
  const record = schema.anyOf?.find((one) => typeof one === "object" && one.properties);
  const words = "A provider's model as `provider/model`, a list of such, or a record:";
  const table = typeof record === "object" ? recordSections(record, name) : "";
  return table.replace("\n\n", `\n\n${words}\n\n`);
}

function errorsPage(): string {
  const codes = Object.keys(ERROR_DESCRIPTIONS) as ErrorCode[];
  const rows = codes.map((code) => {
    const { status, retryable } = new GatewayError(code, "");
    return `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${ERROR_DESCRIPTIONS[code]} |`;
  });
  return `# Errors

Every failure has one of these codes. The status is what a client sees when the gateway itself
answers; a vendor's own status is passed on as it came. *Retried* says whether another attempt may
succeed; after the first part of an answer was sent there is none.

| Code | Status | Retried | When |
|---|--:|---|---|
${rows.join("\n")}`;
}

function labPage(): string {
  const table = (models: Readonly<Record<string, string>>) =>
    [
      "| Name | |",
      "|---|---|",
      ...Object.entries(models).map(([name, about]) => `| \`${name}\` | ${about} |`),
    ].join("\n");
  return `# Models of the lab

The lab reads the model name as a wish. Names join with \`+\`: \`slow-50+echo\`. With the prefix
\`lab/\` a name that is no wish is refused; without it, any other name is a plain model.
How to use them: [testing with the lab](../how-to/test-with-the-lab.md).

## What the answer says

${table(ANSWER_MODELS)}

## What goes wrong

${table(FAULT_MODELS)}`;
}

async function providersPage(): Promise<string> {
  const rows = Object.values(PROVIDERS).map(providerRow);
  return `# Providers

*Operations* are those that this version can translate; \`preserve\` works with all of them. A provider
without an address needs \`upstream_url\`. Each provider's page has configurations to paste.
What each can be told: [fidelity](fidelity.md).

| Provider | | Address | Operations |
|---|---|---|---|
${rows.join("\n")}

## Conformance

The official OpenAI client asks each provider through the gateway. Behind it stands
[the lab](../how-to/test-with-the-lab.md), which speaks each vendor's dialect and refuses what the vendor refuses.

✓ works, ○ the vendor's API cannot carry it and the answer's notices say so, · the vendor's API has no such thing,
✗ is broken.

${await conformanceTable()}

## The lab against the vendors' own clients

What stands behind that table speaks each dialect as the vendor's own client understands it: each is pointed straight at
the lab, without the gateway. Answers are compared whole and streamed.

${await sdkTable()}`;
}
