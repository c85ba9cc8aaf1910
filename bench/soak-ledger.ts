import { readFileSync } from "node:fs";

/** What a client got for one call. */
export interface Receipt {
  /** The gateway's name for the call; absent where there was no answer at all. */
  readonly requestId: string | undefined;
  readonly outcome: "answered" | "broken-once" | "lost" | "wrong";
  /** For what is lost or wrong: what came instead. */
  readonly detail?: string;
}

export interface Verdict {
  readonly calls: number;
  readonly answered: number;
  /** Streams that had begun, and ended with one error. */
  readonly brokenOnce: number;
  readonly lost: number;
  readonly wrong: number;
  readonly ledgerRows: number;
  /** Rows for a call that has one already. */
  readonly duplicateRows: number;
  /** Calls without a row, and rows without a call. */
  readonly unmatched: number;
  /** Tries at vendors, as the ledger has them. */
  readonly tries: number;
  /** Calls that needed more than one. */
  readonly failedOver: number;
  readonly details: readonly string[];
}

interface LedgerRow {
  readonly request: { readonly id: string; readonly method: string };
  readonly ai?: { readonly proxy?: { readonly tried_targets?: readonly unknown[] } };
}

const SHOWN = 10;

/** Compares what clients got with what the ledger says. */
export function reconcile(receipts: readonly Receipt[], logPath: string): Verdict {
  const rows = readFileSync(logPath, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LedgerRow)
    // Whether it listens at all is asked without an id.
    .filter(({ request }) => request.method === "POST");
  const tries = rows.map(({ ai }) => ai?.proxy?.tried_targets?.length ?? 0);
  const ids = new Set(rows.map(({ request }) => request.id));
  const known = new Set(receipts.flatMap(({ requestId }) => requestId ?? []));
  const count = (outcome: Receipt["outcome"]) =>
    receipts.filter((receipt) => receipt.outcome === outcome).length;
  return {
    calls: receipts.length,
    answered: count("answered"),
    brokenOnce: count("broken-once"),
    lost: count("lost"),
    wrong: count("wrong"),
    ledgerRows: rows.length,
    duplicateRows: rows.length - ids.size,
    unmatched: ids.symmetricDifference(known).size,
    tries: tries.reduce((sum, one) => sum + one, 0),
    failedOver: tries.filter((one) => one > 1).length,
    details: receipts.flatMap(({ detail }) => detail ?? []).slice(0, SHOWN),
  };
}

/** No answer lost, none twice, none that is another's; one row in the ledger for each call. */
export function isSound(verdict: Verdict): boolean {
  const { calls, answered, brokenOnce, ledgerRows, duplicateRows, unmatched } = verdict;
  return (
    answered + brokenOnce === calls &&
    ledgerRows === calls &&
    duplicateRows === 0 &&
    unmatched === 0 &&
    verdict.tries <= 1.2 * calls + 3
  );
}
