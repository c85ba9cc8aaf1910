import { runSdkTable } from "../tests/conformance/table/run-sdk-table.ts";
import { type Cell, runTable } from "../tests/conformance/table/run-table.ts";

const SYMBOLS = { yes: "✓", told: "○", none: "·", no: "✗" } as const satisfies Record<
  Cell["verdict"],
  string
>;

/** What the official OpenAI client gets from each provider: the table's cases, run here and now. */
export async function conformanceTable(): Promise<string> {
  return tableOf(await runTable());
}

/** What each vendor's own client gets from the lab. */
export async function sdkTable(): Promise<string> {
  return tableOf(await runSdkTable());
}

function tableOf(cells: readonly Cell[]): string {
  const providers = [...new Set(cells.map(({ provider }) => provider))];
  const cases = [...new Set(cells.map((cell) => cell.case))];
  const bySeat = new Map(cells.map((cell) => [`${cell.case} ${cell.provider}`, cell]));
  const symbol = (name: string, provider: string) => {
    const verdict = bySeat.get(`${name} ${provider}`)?.verdict;
    return verdict === undefined ? "" : SYMBOLS[verdict];
  };
  const rows = cases.map(
    (name) => `| ${name} | ${providers.map((one) => symbol(name, one)).join(" | ")} |`,
  );
  const table = [
    `|  | ${providers.join(" | ")} |`,
    `|---|${":-:|".repeat(providers.length)}`,
    ...rows,
  ];
  const reasons = cells
    .filter(({ verdict }) => verdict === "told" || verdict === "none")
    .map(({ provider, case: name, detail = "" }) => `| ${provider} | ${name} | ${detail} |`);
  return [
    ...table,
    "",
    "| Provider | Case | What is not carried |",
    "|---|---|---|",
    ...reasons,
  ].join("\n");
}
