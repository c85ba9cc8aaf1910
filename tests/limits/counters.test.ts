import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Counters } from "../../src/limits/counters.ts";
import { COUNTER_KINDS } from "./counter-kinds.ts";
import { COMMANDS, METERS, Model } from "./counter-model.ts";

/** The first moment of a minute. */
const START_MS = 1_800_000_000_000;
const UNTIL_MS = START_MS + 30_000;
const [METER = { key: "k", window: { type: "fixed", sizeSeconds: 60 } as const }] = METERS;

describe.each(COUNTER_KINDS)("counters $name", ({ isMissing, start, open, stop }) => {
  if (isMissing) {
    test.skip("are not tested: their program is not on this machine", () => undefined);
    return;
  }
  beforeAll(start);
  afterAll(stop);

  const claim = (counters: Counters, amount: number, leaseId?: string, atMs = START_MS) =>
    counters.claim(
      [{ ...METER, limit: 100, amount }],
      atMs,
      leaseId === undefined ? undefined : { id: leaseId, untilMs: UNTIL_MS },
    );
  const used = async (counters: Counters, atMs = START_MS) =>
    (await claim(counters, 0, undefined, atMs)).standings[0]?.used;
  const charge = (amount: number) => [{ ...METER, amount, atMs: START_MS }];

  test("of many claims at one time no more are granted than there is room for", async () => {
    const counters = await open();
    const grants = await Promise.all(
      Array.from({ length: 50 }, (_, at) => claim(counters, 10, `lease-${at}`)),
    );
    expect(grants.filter(({ granted }) => granted)).toHaveLength(10);
    expect(await used(counters)).toBe(100);
    await counters.close();
  });

  test("what was held is there again once a call has used less", async () => {
    const counters = await open();
    await claim(counters, 80, "a");
    expect((await claim(counters, 30)).granted).toBe(false);
    await counters.settle("a", charge(20), START_MS);
    expect(await used(counters)).toBe(20);
    await counters.close();
  });

  test("what a dead holder held goes back when its time is over, and not before", async () => {
    const counters = await open();
    await claim(counters, 80, "a");
    expect(await used(counters, UNTIL_MS - 1)).toBe(80);
    expect(await used(counters, UNTIL_MS)).toBe(0);
    await counters.close();
  });

  test("one that was thought dead is counted when it is over after all", async () => {
    const counters = await open();
    await claim(counters, 80, "a");
    expect(await used(counters, UNTIL_MS)).toBe(0);
    await counters.settle("a", charge(70), UNTIL_MS);
    expect(await used(counters, UNTIL_MS)).toBe(70);
    await counters.close();
  });

  test("a lease that is settled twice gives back once", async () => {
    const counters = await open();
    await counters.add(charge(50), START_MS);
    await claim(counters, 40, "a");
    await counters.settle("a", [], START_MS);
    await counters.settle("a", [], START_MS);
    expect(await used(counters)).toBe(50);
    await counters.close();
  });

  test("a billion billionths and one are told apart", async () => {
    const counters = await open();
    await counters.add(charge(1_000_000_000_001), START_MS);
    expect(await used(counters)).toBe(1_000_000_000_001);
    await counters.close();
  });

  test("law: they stand as the model says, however calls, ends, crashes and time come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 40 }), async (commands) => {
        const counters = await open();
        await fc.asyncModelRun(() => ({ model: new Model(), real: counters }), commands);
        await counters.close();
      }),
    );
  });
});
