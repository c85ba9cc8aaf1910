import { describe, expect, test } from "bun:test";
import { runTable } from "./table/run-table.ts";

const cells = await runTable();

for (const provider of new Set(cells.map((cell) => cell.provider))) {
  describe(`the openai client reaches ${provider}`, () => {
    for (const cell of cells.filter((one) => one.provider === provider)) {
      test(`${cell.case}${cell.verdict === "yes" ? "" : ` (${cell.verdict}: ${cell.detail})`}`, () => {
        expect(cell.verdict).not.toBe("no");
      });
    }
  });
}
