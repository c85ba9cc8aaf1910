import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSound, type Receipt, reconcile } from "./soak-ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "dragoman-ledger-"));
afterAll(() => rmSync(folder, { recursive: true }));

function ledger(...ids: readonly string[]): string {
  const path = join(folder, "ledger.log");
  const proxy = { tried_targets: [{}] };
  const rows = ids.map((id) => JSON.stringify({ request: { id, method: "POST" }, ai: { proxy } }));
  writeFileSync(path, `${rows.join("\n")}\n`);
  return path;
}

const answered = (requestId: string): Receipt => ({ requestId, outcome: "answered" });

test("a row for each answer is sound", () => {
  const verdict = reconcile([answered("a"), answered("b")], ledger("a", "b"));
  expect(verdict).toMatchObject({ calls: 2, answered: 2, ledgerRows: 2, tries: 2, failedOver: 0 });
  expect(isSound(verdict)).toBe(true);
});

test.each<readonly [name: string, receipts: readonly Receipt[], rows: readonly string[]]>([
  ["an answer without a row", [answered("a"), answered("b")], ["a"]],
  ["a row that came twice", [answered("a")], ["a", "a"]],
  ["a row for nobody's call", [answered("a")], ["b"]],
  ["an answer that was lost", [{ requestId: "a", outcome: "lost" }], ["a"]],
  ["another's answer", [{ requestId: "a", outcome: "wrong" }], ["a"]],
])("%s is not", (_name, receipts, rows) => {
  expect(isSound(reconcile(receipts, ledger(...rows)))).toBe(false);
});
