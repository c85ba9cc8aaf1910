import { expect } from "bun:test";
import fc from "fast-check";
import type { Charge, Counters, Lease, Meter } from "../../src/limits/counters.ts";
import { spanAt, usedAt, type Window } from "../../src/limits/window.ts";

/** What is right, written as simply as can be: every amount, with its window and the lease it hangs on. */
interface Entry extends Charge {
  readonly lease: Lease | undefined;
}

export class Model {
  nowMs = 1_800_000_000_000;
  entries: Entry[] = [];
  readonly leases: { readonly lease: Lease; readonly atMs: number }[] = [];
  /** What was granted for good, by meter and window, since the clock was last set back. */
  granted = new Map<string, number>();
  isSkewed = false;
  nextLease = 0;

  used(meter: Meter): number {
    this.entries = this.entries.filter(({ lease }) => !lease || lease.untilMs > this.nowMs);
    const { index } = spanAt(meter.window, this.nowMs);
    const sum = (wanted: number) =>
      this.entries
        .filter(({ key, window, atMs }) => {
          const isSame =
            key === meter.key && JSON.stringify(window) === JSON.stringify(meter.window);
          return isSame && spanAt(window, atMs).index === wanted;
        })
        .reduce((total, { amount }) => total + amount, 0);
    return usedAt(
      { index, current: sum(index), previous: sum(index - 1) },
      meter.window,
      this.nowMs,
    );
  }
}

const WINDOWS: readonly Window[] = [
  { type: "fixed", sizeSeconds: 60 },
  { type: "sliding", sizeSeconds: 60 },
  { type: "calendar", period: "month" },
];
export const METERS: readonly Meter[] = WINDOWS.map((window, at) => ({ key: `k${at}`, window }));
const LIMIT = 100;
const LEASE_MS = 90_000;

type Command = fc.AsyncCommand<Model, Counters>;

/** A call asks for something of some meters; with a lease until it is over. */
const claim = (amounts: readonly number[], isHeld: boolean): Command => ({
  check: () => true,
  async run(model: Model, counters: Counters) {
    const claims = METERS.map((meter, at) => ({
      ...meter,
      limit: LIMIT,
      amount: amounts[at] ?? 0,
    }));
    const before = claims.map((claim) => model.used(claim));
    const lease = isHeld
      ? { id: `lease-${model.nextLease++}`, untilMs: model.nowMs + LEASE_MS }
      : undefined;
    const { granted, standings } = await counters.claim(claims, model.nowMs, lease);
    if (!model.isSkewed) {
      expect(standings.map(({ used }) => used)).toEqual(before);
      const fits = claims.map(({ amount }, at) => {
        const used = before[at] ?? 0;
        return amount > 0 ? used + amount <= LIMIT : used < LIMIT;
      });
      expect(granted).toBe(fits.every(Boolean));
    }
    if (!granted) return;
    for (const { key, window, amount } of claims) {
      const entry = { key, window, amount, atMs: model.nowMs, lease };
      if (amount > 0) model.entries.push(entry);
      // What is held may go back; what is counted never does.
      if (lease) continue;
      const name = `${key} ${spanAt(window, model.nowMs).index}`;
      const total = (model.granted.get(name) ?? 0) + amount;
      model.granted.set(name, total);
      expect(total).toBeLessThanOrEqual(LIMIT);
    }
    if (lease && amounts.some((amount) => amount > 0)) {
      model.leases.push({ lease, atMs: model.nowMs });
    }
  },
  toString: () => `claim(${amounts.join()}${isHeld ? ", held" : ""})`,
});

/** A call is over: it used something, or nothing where it was given up. */
const settle = (which: number, used: readonly number[]): Command => ({
  check: ({ leases }: Model) => leases.length > 0,
  async run(model: Model, counters: Counters) {
    const [settled] = model.leases.splice(which % model.leases.length, 1);
    if (!settled) return;
    const { lease, atMs } = settled;
    const charges = METERS.map((meter, at) => ({ ...meter, amount: used[at] ?? 0, atMs }));
    await counters.settle(lease.id, charges, model.nowMs);
    model.entries = model.entries.filter((entry) => entry.lease?.id !== lease.id);
    model.entries.push(...charges.map((charge) => ({ ...charge, lease: undefined })));
  },
  toString: () => `settle(${which}, ${used.join()})`,
});

/** Counted whatever the limits. */
const add = (amounts: readonly number[]): Command => ({
  check: () => true,
  async run(model: Model, counters: Counters) {
    const charges = METERS.map((meter, at) => ({
      ...meter,
      amount: amounts[at] ?? 0,
      atMs: model.nowMs,
    }));
    await counters.add(charges, model.nowMs);
    model.entries.push(...charges.map((charge) => ({ ...charge, lease: undefined })));
  },
  toString: () => `add(${amounts.join()})`,
});

/** The holder of a lease dies: nobody settles it. */
const crash = (which: number): Command => ({
  check: ({ leases }: Model) => leases.length > 0,
  async run(model: Model) {
    model.leases.splice(which % model.leases.length, 1);
  },
  toString: () => `crash(${which})`,
});

/** Time goes on, over the ends of windows and leases. */
const wait = (ms: number): Command => ({
  check: () => true,
  async run(model: Model) {
    model.nowMs += ms;
  },
  toString: () => `wait(${ms})`,
});

/** The clock is set back. What was counted before may be forgotten once; never is more granted than that. */
const jumpBack = (ms: number): Command => ({
  check: () => true,
  async run(model: Model) {
    model.nowMs -= ms;
    model.isSkewed = true;
    model.granted = new Map();
  },
  toString: () => `jumpBack(${ms})`,
});

const amounts = fc.array(fc.integer({ min: 0, max: 40 }), {
  minLength: METERS.length,
  maxLength: METERS.length,
});

export const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.tuple(amounts, fc.boolean()).map(([wanted, isHeld]) => claim(wanted, isHeld)),
  fc.tuple(fc.nat(20), amounts).map(([which, used]) => settle(which, used)),
  fc.nat(20).map((which) => settle(which, [])),
  amounts.map((list) => add(list)),
  fc.nat(20).map((which) => crash(which)),
  fc.integer({ min: 0, max: 130_000 }).map((ms) => wait(ms)),
  fc.integer({ min: 1_000, max: 3_600_000 }).map((ms) => jumpBack(ms)),
];
