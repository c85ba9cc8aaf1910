import { describe, expect, test } from "bun:test";
import { runSdkTable } from "./table/run-sdk-table.ts";

const cells = await runSdkTable();

for (const sdk of new Set(cells.map(({ provider }) => provider))) {
  describe(`${sdk} reaches the lab`, () => {
    for (const cell of cells.filter(({ provider }) => provider === sdk)) {
      test(`${cell.case}${cell.verdict === "yes" ? "" : ` (${cell.verdict}: ${cell.detail})`}`, () => {
        expect(cell.verdict).not.toBe("no");
      });
    }
  });
}
