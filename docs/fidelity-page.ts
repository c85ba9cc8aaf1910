import { CAPABILITIES, type Capability, type Fidelity } from "../src/formats/capabilities.ts";
import { FORMATS } from "../src/formats/registry.ts";
import { embeddingsMatrix } from "./embeddings-fidelity.ts";
import { FIDELITY_TABLES } from "./fidelity-tables.ts";
import { type Column, columnOf, type TextRouteType, VARIANTS } from "./provider-fidelity.ts";
import { vendorRules } from "./vendor-rules.ts";

const SYMBOLS = {
  kept: "●",
  mapped: "◐",
  approximated: "○",
  dropped: "–",
} as const satisfies Record<Fidelity["system"]["how"], string>;

/** What each provider carries, from the tables beside the wire formats and the providers' own rules. */
export function fidelityPage(): string {
  const chats = columnsOf("llm/v1/chat");
  const completions = columnsOf("llm/v1/completions");
  const notes = [...new Map(FORMATS.map((format) => [FIDELITY_TABLES.get(format.name), format]))];
  return `# Fidelity

A client's dialect is translated into a provider's by way of one neutral form. When both speak the same
and nothing has to change, the bytes go through as they came, members that no table here knows among them.

What a provider cannot be told is named in a notice, in the header \`x-dragoman-notices\` and in the call's
record, or refused with 400. A loss that nothing is said of is a defect; see [translation](../how-to/translate.md).

● kept, ◐ mapped to an equivalent, ○ approximated, – cannot be said.

The tables speak of a provider's usual model. What some models take otherwise is said
[below](#what-vendors-and-models-take); newer Claude models are sent no sampling parameters, which is told too.

## Chat

${matrix(CAPABILITIES, chats)}

## Legacy completions

What a client of \`/v1/completions\` can ask for.

${matrix(askable(), completions)}

## Embeddings

Token ids are sent as text where a provider has another tokenizer. What the texts are for is said in the vendor's own
member beside OpenAI's: Cohere's \`input_type\`, Google's \`task_type\`, Hugging Face's \`prompt_name\`. A list
longer than the vendor takes is asked for in parts.

${embeddingsMatrix()}

## What providers do not take

Their dialect has words for it, but the provider refuses them, so they are not sent.

${refusals(chats)}

## What vendors and models take

Of OpenAI's dialect, by the providers' own tables. What is left out is told, unless nothing is lost by it (a null, a
default said aloud, how an answer ended); so is a value that gives way to another. Rows add to those above them.

${vendorRules()}

## Dialects

| Dialect | Chat at | Legacy completions at |
|---|---|---|
${FORMATS.map(({ name }) => dialectRow(name, chats, completions)).join("\n")}

${notes.map(([table, { name }]) => notesOf(namesOf(table, name), table)).join("\n\n")}`;
}

function columnsOf(routeType: TextRouteType): readonly Column[] {
  const columns = VARIANTS.map((variant) => columnOf(variant, routeType));
  return columns.filter((column) => column !== undefined);
}

function matrix(capabilities: readonly Capability[], columns: readonly Column[]): string {
  const head = ["", ...columns.map(({ label }) => label)].join(" | ");
  const rows = capabilities.map((capability) => {
    const cells = columns.map(({ fidelity }) => SYMBOLS[fidelity[capability].how]);
    return `| ${capability} | ${cells.join(" | ")} |`;
  });
  return [`| ${head} |`, `|---|${":-:|".repeat(columns.length)}`, ...rows].join("\n");
}

/** What the client's own dialect of legacy completions has words for. */
function askable(): readonly Capability[] {
  const own = FIDELITY_TABLES.get("openai-completions");
  return CAPABILITIES.filter((capability) => own?.[capability].how !== "dropped");
}

function refusals(columns: readonly Column[]): string {
  const rows = columns
    .filter(({ refused }) => refused.length > 0)
    .map(({ label, refused }) => `| ${label} | ${refused.join(", ")} |`);
  return ["| Provider | |", "|---|---|", ...rows].join("\n");
}

/** Dialects that are spoken only where a target is configured for them. */
const CONFIGURED: Readonly<Record<string, readonly [chat: string, completions: string]>> = {
  "anthropic-complete": ["", "anthropic, at an `upstream_url` that ends in `/v1/complete`"],
  "llama2-raw-by-position": [
    "llama2 (raw), with `template_mode: reference`",
    "llama2 (raw), with `template_mode: reference`",
  ],
};

function dialectRow(
  name: string,
  chats: readonly Column[],
  completions: readonly Column[],
): string {
  const speakers = (columns: readonly Column[]) =>
    columns
      .filter(({ format }) => format === name)
      .map(({ label }) => label)
      .join(", ");
  const [chat, completion] = CONFIGURED[name] ?? [speakers(chats), speakers(completions)];
  return `| \`${name}\` | ${chat} | ${completion} |`;
}

/** Dialects that share a table share a section. */
function namesOf(table: Fidelity | undefined, fallback: string): string {
  const names = FORMATS.filter(({ name }) => FIDELITY_TABLES.get(name) === table);
  return names.map(({ name }) => name).join(", ") || fallback;
}

function notesOf(title: string, table: Fidelity | undefined): string {
  const rows = CAPABILITIES.flatMap((capability) => {
    const { how, note } = table?.[capability] ?? {};
    return note === undefined
      ? []
      : [`| ${capability} | ${how} | ${note.replaceAll("|", "\\|")} |`];
  });
  return [`### ${title}`, "", "| | | |", "|---|---|---|", ...rows].join("\n");
}
