import type { Charge, Lease } from "./counters.ts";

interface Held {
  readonly charges: readonly Charge[];
  readonly untilMs: number;
}

/** What is held for calls that are not over yet, in this process's memory. */
export interface LeaseTable {
  hold(lease: Lease, charges: readonly Charge[]): void;
  /** What a lease held, for the first who asks. */
  end(leaseId: string): readonly Charge[];
  /** What is held by leases whose time is over; they end. */
  overdue(nowMs: number): readonly Charge[];
}

export function leaseTable(): LeaseTable {
  const held = new Map<string, Held>();
  let nextEndMs = Number.POSITIVE_INFINITY;
  return {
    hold({ id, untilMs }, charges) {
      held.set(id, { charges, untilMs });
      nextEndMs = Math.min(nextEndMs, untilMs);
    },
    end(leaseId) {
      const { charges = [] } = held.get(leaseId) ?? {};
      held.delete(leaseId);
      return charges;
    },
    overdue(nowMs) {
      if (nowMs < nextEndMs) return [];
      const charges: Charge[] = [];
      nextEndMs = Number.POSITIVE_INFINITY;
      for (const [id, lease] of held) {
        if (lease.untilMs <= nowMs) {
          charges.push(...lease.charges);
          held.delete(id);
        } else {
          nextEndMs = Math.min(nextEndMs, lease.untilMs);
        }
      }
      return charges;
    },
  };
}
