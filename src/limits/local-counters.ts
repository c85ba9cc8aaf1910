import { counterTable } from "./counter-table.ts";
import type { Charge, Claim, Counters, Grant, Standing } from "./counters.ts";
import { leaseTable } from "./lease-table.ts";
import { type Counted, secondsUntilFree, usedAt } from "./window.ts";

/** Counters that are kept; callers may be without number. */
export const MAX_COUNTERS = 1_000_000;

/** Counts in this process alone; what was counted ends with it. */
export function localCounters(maxCounters = MAX_COUNTERS): Counters {
  const table = counterTable(maxCounters);
  const leases = leaseTable();
  const count = (charges: readonly Charge[], nowMs: number) => {
    for (const charge of charges) if (charge.amount !== 0) table.add(charge, nowMs);
  };
  return {
    claim(claims, nowMs, lease): Grant {
      count(leases.overdue(nowMs).map(returned), nowMs);
      const standings = claims.map((claim) => standing(claim, table.counted(claim, nowMs), nowMs));
      const granted = standings.every(({ waitSeconds }) => waitSeconds === undefined);
      if (granted) {
        const taken = takenBy(claims, nowMs);
        count(taken, nowMs);
        if (lease && taken.length > 0) leases.hold(lease, taken);
      }
      return { granted, standings };
    },
    add: count,
    settle(leaseId, used, nowMs) {
      count(leases.end(leaseId).map(returned), nowMs);
      count(used, nowMs);
    },
    close: async () => undefined,
  };
}

/** What a granted claim takes. */
export function takenBy(claims: readonly Claim[], nowMs: number): readonly Charge[] {
  return claims.filter(({ amount }) => amount > 0).map((claim) => ({ ...claim, atMs: nowMs }));
}

export function returned(charge: Charge): Charge {
  return { ...charge, amount: -charge.amount };
}

/** Where a limit stands for a claim on it. `counted` is as `rolled` gives it. */
export function standing(claim: Claim, counted: Counted, nowMs: number): Standing {
  const { window, limit, amount } = claim;
  const used = usedAt(counted, window, nowMs);
  const isFree = amount > 0 ? used + amount <= limit : used < limit;
  if (isFree) return { used, waitSeconds: undefined };
  return { used, waitSeconds: secondsUntilFree(counted, window, nowMs, limit - amount) };
}
