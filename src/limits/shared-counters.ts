import type { Charge, Claim, Counters, Grant, Meter, Standing } from "./counters.ts";
import { standing } from "./local-counters.ts";
import { type Held, sharedLeases } from "./shared-leases.ts";
import type { SharedWords } from "./shared-memory.ts";
import { sharedTable } from "./shared-table.ts";
import { type Span, spanAt, windowKey } from "./window.ts";

/**
 * Counts for the workers of a machine, exactly: a limit holds for all of them together. `taker` tells this process
 * apart from every other that has the memory: 1 to 255.
 *
 * Counters of callers without number may fill a part of the table; what does not fit is counted by each worker
 * for itself until there is room.
 */
export function sharedCounters(words: SharedWords, taker: number): Counters {
  const table = sharedTable(words, taker);
  const leases = sharedLeases(words, table);

  const idIn = ({ key, window }: Meter, index: number) =>
    table.idOf(`${windowKey(window)}:${index}:${key}`);
  const goneAtMs = ({ startMs, endMs }: Span) => endMs + (endMs - startMs);

  function standingOf(claim: Claim, span: Span, current: number, nowMs: number): Standing {
    const { index } = span;
    const previous = claim.window.type === "sliding" ? table.read(idIn(claim, index - 1)) : 0;
    return standing(claim, { index, current, previous }, nowMs);
  }

  function asked(claims: readonly Claim[], nowMs: number): readonly Standing[] {
    return claims.map((claim) => {
      const span = spanAt(claim.window, nowMs);
      return standingOf(claim, span, table.read(idIn(claim, span.index)), nowMs);
    });
  }

  /** Takes a claim's amount if there is room at that moment; how it stood before. */
  function take(claim: Claim, nowMs: number): { readonly held?: Held; readonly stood: Standing } {
    const span = spanAt(claim.window, nowMs);
    const { amount } = claim;
    const held = { id: idIn(claim, span.index), goneAtMs: goneAtMs(span), amount };
    let stood: Standing = { used: 0, waitSeconds: undefined };
    const isTaken = table.change(held.id, held.goneAtMs, (count) => {
      stood = standingOf(claim, span, count, nowMs);
      return stood.waitSeconds === undefined ? count + amount : undefined;
    });
    return isTaken ? { held, stood } : { stood };
  }

  function add({ amount, atMs, ...meter }: Charge, nowMs: number): void {
    const span = spanAt(meter.window, atMs);
    // What is older than the window before counts for nobody any more; nothing falls below nothing.
    if (amount === 0 || spanAt(meter.window, nowMs).index - span.index > 1) return;
    table.change(idIn(meter, span.index), goneAtMs(span), (count) => Math.max(0, count + amount));
  }

  return {
    claim(claims, nowMs, lease): Grant {
      leases.giveBackOverdue(nowMs);
      const standings = [...asked(claims, nowMs)];
      if (!standings.every(isFree)) return { granted: false, standings };
      const taken: Held[] = [];
      for (const [at, claim] of claims.entries()) {
        if (claim.amount <= 0) continue;
        const { held, stood } = take(claim, nowMs);
        standings[at] = stood;
        if (held) taken.push(held);
        else {
          // Another worker was faster. What was taken goes back, and calls that came between may have been refused.
          for (const { id, goneAtMs: gone, amount } of taken) {
            table.change(id, gone, (count) => Math.max(0, count - amount));
          }
          return { granted: false, standings };
        }
      }
      if (lease && taken.length > 0) leases.hold(lease.id, lease.untilMs, taken);
      return { granted: true, standings };
    },
    add(charges, nowMs) {
      for (const charge of charges) add(charge, nowMs);
    },
    settle(leaseId, used, nowMs) {
      leases.end(leaseId);
      for (const charge of used) add(charge, nowMs);
    },
    close: async () => undefined,
  };
}

function isFree({ waitSeconds }: Standing): boolean {
  return waitSeconds === undefined;
}

/** Lets go of what counts no more, for all who share the memory; for the one process that keeps it. */
export function sharedSweeper(words: SharedWords): (nowMs: number) => void {
  const table = sharedTable(words, SWEEPER);
  const leases = sharedLeases(words, table);
  return (nowMs) => {
    leases.giveBackOverdue(nowMs);
    table.sweep(nowMs);
  };
}

/** No worker is this taker. */
const SWEEPER = 255;
