import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sharedCounters, sharedSweeper } from "../../src/limits/shared-counters.ts";
import {
  createSharedMemory,
  HEADER_WORDS,
  LEASES_AT,
  type SharedMemory,
  SLOT_WORDS,
} from "../../src/limits/shared-memory.ts";

/** The first moment of a minute. */
const START_MS = 1_800_000_000_000;
const WINDOW = { type: "fixed", sizeSeconds: 60 } as const;
const PROGRAM = `${import.meta.dirname}/shared-counting.ts`;

let memory: SharedMemory;
beforeEach(() => {
  memory = createSharedMemory();
});
afterEach(() => memory.close());

/** What processes that count together print, one each. */
function counting(task: string, times: number, processes = 2): Promise<string[]> {
  return Promise.all(
    Array.from({ length: processes }, async (_, at) => {
      const argv = [process.execPath, PROGRAM, task, String(at + 1), String(times)];
      const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "inherit", memory.descriptor] });
      const said = await new Response(child.stdout as ReadableStream).text();
      await child.exited;
      return said.trim();
    }),
  );
}

const used = async (key: string, atMs = START_MS) => {
  const counters = sharedCounters(memory.words, 100);
  const { standings } = await counters.claim([{ key, window: WINDOW, limit: 1, amount: 0 }], atMs);
  return standings[0]?.used;
};

describe.skipIf(process.platform !== "linux")("counters of several processes", () => {
  test("are exact over a million increments by two, on counters that both begin", async () => {
    await counting("add", 500_000);
    const keys = Array.from({ length: 1_000 }, (_, at) => `k${at}`);
    expect(new Set(await Promise.all(keys.map((key) => used(key))))).toEqual(new Set([1_000]));
  });

  test("are never granted more than a limit, of two limits at a time", async () => {
    const granted = (await counting("claim", 5_000)).map(Number);
    const total = granted.reduce((sum, one) => sum + one, 0);
    // 3 goes 3333 times into 10000. What one gives back again the other may have missed.
    expect(total).toBeLessThanOrEqual(3_333);
    expect(total).toBeGreaterThan(3_300);
    expect(await used("a")).toBe(total * 3);
    expect(await used("b")).toBe(total * 3);
  });

  test("give back what a process held that was killed, when its time is over", async () => {
    await counting("hold", 0, 1);
    expect(await used("a", START_MS + 29_999)).toBe(80);
    expect(await used("a", START_MS + 30_000)).toBe(0);
  });

  test("give up what counts no more, and only that", async () => {
    const counters = sharedCounters(memory.words, 1);
    const sweep = sharedSweeper(memory.words);
    const add = (key: string, atMs: number) =>
      counters.add([{ key, window: WINDOW, amount: 5, atMs }], atMs);
    void add("old", START_MS);
    void add("new", START_MS + 110_000);
    const written = () => memory.words.subarray(HEADER_WORDS, LEASES_AT).filter(Boolean).length;
    expect(written()).toBe(2 * SLOT_WORDS);
    sweep(START_MS + 150_000);
    expect(written()).toBe(SLOT_WORDS);
    expect(await used("new", START_MS + 110_000)).toBe(5);
    expect(await used("old")).toBe(0);
  });
});
