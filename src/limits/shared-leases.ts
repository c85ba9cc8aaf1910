import { LEASE_WORDS, LEASES, LEASES_AT, type SharedWords } from "./shared-memory.ts";
import type { SharedTable } from "./shared-table.ts";

/** An amount that is held on a counter. */
export interface Held {
  readonly id: bigint;
  readonly goneAtMs: number;
  readonly amount: number;
}

/**
 * What is held for calls that are not over, where every process can see it: what one that has died held goes back when
 * its time is over. Each amount goes back once, whoever gives it.
 */
export interface SharedLeases {
  hold(leaseId: string, untilMs: number, held: readonly Held[]): void;
  /** Gives back what a lease of this process holds, where its time is not over. */
  end(leaseId: string): void;
  /** Gives back what leases hold whose time is over, whoever has them. */
  giveBackOverdue(nowMs: number): void;
}

/** Somebody is writing it, or giving it back. */
const BUSY = -1n;
const NONE = 9_007_199_254_740_991n;

export function sharedLeases(words: SharedWords, table: SharedTable): SharedLeases {
  /** Where the amounts of this process's leases stand; those that there was no room for, themselves. */
  const own = new Map<string, readonly (number | Held)[]>();
  let from = 0;

  function freeRecord(): number | undefined {
    for (let tries = 0; tries < LEASES; tries += 1) {
      const at = LEASES_AT + ((from + tries) % LEASES) * LEASE_WORDS;
      if (Atomics.load(words, at) !== 0n) continue;
      if (Atomics.compareExchange(words, at, 0n, BUSY) !== 0n) continue;
      from = (from + tries + 1) % LEASES;
      return at;
    }
    return undefined;
  }

  function giveBack({ id, goneAtMs, amount }: Held): void {
    table.change(id, goneAtMs, (count) => Math.max(0, count - amount));
  }

  /** For whoever is first. */
  function giveBackRecord(at: number, lease: bigint): void {
    if (lease <= 0n || Atomics.compareExchange(words, at, lease, BUSY) !== lease) return;
    const id = Atomics.load(words, at + 2);
    const amount = Number(Atomics.load(words, at + 3));
    // What is gone already needs nothing back.
    if (table.read(id) > 0) giveBack({ id, goneAtMs: 0, amount });
    Atomics.store(words, at, 0n);
  }

  return {
    hold(leaseId, untilMs, held) {
      const lease = table.idOf(leaseId);
      const until = BigInt(Math.ceil(untilMs));
      const places = held.map((one) => {
        const at = freeRecord();
        if (at === undefined) return one;
        Atomics.store(words, at + 1, until);
        Atomics.store(words, at + 2, one.id);
        Atomics.store(words, at + 3, BigInt(one.amount));
        Atomics.store(words, at, lease);
        return at;
      });
      own.set(leaseId, places);
      for (;;) {
        const next = Atomics.load(words, 0);
        if (next !== 0n && next <= until) return;
        if (Atomics.compareExchange(words, 0, next, until) === next) return;
      }
    },
    end(leaseId) {
      const lease = table.idOf(leaseId);
      for (const place of own.get(leaseId) ?? []) {
        if (typeof place === "number") giveBackRecord(place, lease);
        else giveBack(place);
      }
      own.delete(leaseId);
    },
    giveBackOverdue(nowMs) {
      const now = BigInt(Math.floor(nowMs));
      const next = Atomics.load(words, 0);
      if (next === 0n || next > now) return;
      // A lease that begins while this looks writes its own end there again.
      if (Atomics.compareExchange(words, 0, next, NONE) !== next) return;
      let earliest = NONE;
      for (let at = LEASES_AT; at < LEASES_AT + LEASES * LEASE_WORDS; at += LEASE_WORDS) {
        const lease = Atomics.load(words, at);
        if (lease === 0n) continue;
        const until = Atomics.load(words, at + 1);
        if (until <= now) giveBackRecord(at, lease);
        else if (until < earliest) earliest = until;
      }
      for (;;) {
        const known = Atomics.load(words, 0);
        if (known <= earliest) return;
        if (Atomics.compareExchange(words, 0, known, earliest) === known) return;
      }
    },
  };
}
