import type { Charge, Meter } from "./counters.ts";
import { type Counted, spanAt, windowKey } from "./window.ts";

/** What is told at once; the server does nothing else meanwhile. */
const MOST_AT_ONCE = 500;
/** Waiting counters, and ended leases, of which the oldest go where there are more: a store may be away for long. */
const MOST_WAITING = 100_000;

/** Amounts by meter and window. */
export type Amounts = Map<string, number>;
export type ReadonlyAmounts = ReadonlyMap<string, number>;

export interface Entry extends Charge {
  readonly name: string;
}

/** Told as a whole, again and again under the same number, until it is known to have been counted. */
export interface Batch {
  readonly number: number;
  readonly endedLeases: readonly string[];
  readonly entries: readonly Entry[];
  readonly amounts: ReadonlyAmounts;
}

/** What a node has counted and the store does not know yet. */
export interface ChargeOutbox {
  add(charge: Charge): void;
  endLease(id: string): void;
  /** The batch that is not known to have been counted; else the next one, where there is anything, or an empty one. */
  next(isEmptyToo: boolean): Batch | undefined;
  /** It was counted. False for one that was known to be. */
  done(batch: Batch): boolean;
  /** What waits to be told for the first time. */
  readonly unsent: ReadonlyAmounts;
  unsentLeases(): readonly string[];
  readonly sent: Batch | undefined;
}

export function chargeOutbox(): ChargeOutbox {
  const unsent: Amounts = new Map();
  const waiting = new Map<string, Entry>();
  const endedLeases = new Set<string>();
  let number = 0;
  let sent: Batch | undefined;
  return {
    add(charge) {
      const name = nameAt(charge, charge.atMs);
      const known = waiting.get(name);
      const amount = charge.amount + (known?.amount ?? 0);
      waiting.set(name, { ...charge, amount, name });
      unsent.set(name, amount);
      for (const oldest of waiting.keys()) {
        if (waiting.size <= MOST_WAITING) break;
        waiting.delete(oldest);
        unsent.delete(oldest);
      }
    },
    endLease(id) {
      endedLeases.add(id);
      for (const oldest of endedLeases) {
        if (endedLeases.size <= MOST_WAITING) break;
        endedLeases.delete(oldest);
      }
    },
    next(isEmptyToo) {
      if (sent) return sent;
      if (waiting.size === 0 && endedLeases.size === 0 && !isEmptyToo) return undefined;
      const entries = [...waiting.values()].slice(0, MOST_AT_ONCE);
      const leases = [...endedLeases].slice(0, MOST_AT_ONCE);
      const amounts = new Map(entries.map(({ name, amount }) => [name, amount]));
      for (const { name } of entries) {
        waiting.delete(name);
        unsent.delete(name);
      }
      for (const id of leases) endedLeases.delete(id);
      number += 1;
      sent = { number, endedLeases: leases, entries, amounts };
      return sent;
    },
    done(batch) {
      if (batch !== sent) return false;
      sent = undefined;
      return true;
    },
    unsent,
    unsentLeases: () => [...endedLeases].slice(0, MOST_AT_ONCE),
    get sent() {
      return sent;
    },
  };
}

/** A meter in the window of a moment. */
export function nameAt(meter: Meter, atMs: number): string {
  return nameIn(meter, spanAt(meter.window, atMs).index);
}

export function nameIn({ key, window }: Meter, index: number): string {
  return `${windowKey(window)}:${index}:${key}`;
}

/** What of amounts is in a window and the one before it. */
export function amountsIn(amounts: ReadonlyAmounts, meter: Meter, index: number): Counted {
  const current = amounts.get(nameIn(meter, index)) ?? 0;
  const previous = amounts.get(nameIn(meter, index - 1)) ?? 0;
  return { index, current, previous };
}

export function addTo(amounts: Amounts, charge: Charge): void {
  const name = nameAt(charge, charge.atMs);
  const amount = (amounts.get(name) ?? 0) + charge.amount;
  if (amount > 0) amounts.set(name, amount);
  else amounts.delete(name);
}
