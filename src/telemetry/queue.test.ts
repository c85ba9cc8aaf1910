import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { manualClock } from "../../tests/fixtures/manual-clock.ts";
import { boundedBuffer } from "./bounded-buffer.ts";
import { deliveryQueue, type QueueLimits } from "./queue.ts";

const LIMITS: QueueLimits = {
  maxBatchSize: 1,
  maxCoalescingDelayMs: 1000,
  maxEntries: 10_000,
  maxBytes: 1_000_000,
  maxRetryTimeMs: 60_000,
  initialRetryDelayMs: 10,
  maxRetryDelayMs: 60_000,
  concurrencyLimit: 1,
};

/** A queue whose receiver answers when the test says so. */
function rig(limits: Partial<QueueLimits> = {}) {
  const clock = manualClock();
  const batches: string[] = [];
  const drops: string[] = [];
  const states: string[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const queue = deliveryQueue<string>({
    limits: { ...LIMITS, ...limits },
    clock,
    deliver(batch, signal) {
      batches.push(batch.join(""));
      const answer = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => answer.reject(new Error("aborted")));
      waiting.push(answer);
      return answer.promise;
    },
    onDrop: (count, reason) => drops.push(`${count} ${reason}`),
    onStateChange: (failure) => states.push(failure === undefined ? "works" : "fails"),
  });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    ...{ clock, batches, drops, states, queue, settled },
    push: (entries: string) => {
      for (const entry of entries) queue.push(entry, 1);
    },
    accept: () => {
      waiting.shift()?.resolve();
      return settled();
    },
    refuse: () => {
      waiting.shift()?.reject(new Error("503"));
      return settled();
    },
  };
}

describe("deliveryQueue", () => {
  test("delivers nothing in the turn of the push, then one batch at a time", async () => {
    const { push, batches, clock, accept } = rig();
    push("ab");
    expect(batches).toEqual([]);
    clock.advance(0);
    expect(batches).toEqual(["a"]);
    await accept();
    clock.advance(0);
    expect(batches).toEqual(["a", "b"]);
  });

  test("a batch goes when it is full, or when its first entry has waited long enough", async () => {
    const { push, batches, clock, accept } = rig({ maxBatchSize: 3 });
    push("ab");
    clock.advance(999);
    expect(batches).toEqual([]);
    push("c");
    clock.advance(0);
    expect(batches).toEqual(["abc"]);
    await accept();
    push("d");
    clock.advance(999);
    expect(batches).toEqual(["abc"]);
    clock.advance(1);
    expect(batches).toEqual(["abc", "d"]);
  });

  test("without a limit batches go side by side", () => {
    const { push, batches, clock } = rig({ concurrencyLimit: -1 });
    push("abc");
    clock.advance(0);
    expect(batches).toEqual(["a", "b", "c"]);
  });

  test("retries with doubling delays, and tells each change of state once", async () => {
    const { push, batches, clock, refuse, accept, states } = rig({ maxRetryDelayMs: 35 });
    push("a");
    clock.advance(0);
    for (const delay of [10, 20, 35, 35]) {
      await refuse();
      expect(clock.pendingMs).toEqual([delay]);
      clock.advance(delay);
      await Promise.resolve();
    }
    await accept();
    expect(batches).toEqual(["a", "a", "a", "a", "a"]);
    expect(states).toEqual(["fails", "works"]);
  });

  test("gives a batch up when its time is over, at once where there is none", async () => {
    const slow = rig({ maxRetryTimeMs: 50 });
    slow.push("ab");
    slow.clock.advance(0);
    await slow.refuse();
    slow.clock.advance(50);
    await slow.settled();
    await slow.refuse();
    expect(slow.drops).toEqual(["1 undeliverable"]);
    slow.clock.advance(0);
    expect(slow.batches).toEqual(["a", "a", "b"]);

    const never = rig({ maxRetryTimeMs: -1000 });
    never.push("a");
    never.clock.advance(0);
    await never.refuse();
    expect(never.drops).toEqual(["1 undeliverable"]);
  });

  test("a stalled receiver costs the oldest entries, never more room", () => {
    const { push, batches, clock, drops } = rig({ maxEntries: 3, maxBatchSize: 1 });
    push("a");
    clock.advance(0);
    push("bcdef");
    expect(batches).toEqual(["a"]);
    expect(drops).toEqual(["1 full", "1 full", "1 full"]);
  });

  test("close sends what waits without coalescing", async () => {
    const { push, batches, clock, queue, accept, drops } = rig({ maxBatchSize: 10 });
    push("abc");
    const closed = queue.close(5000);
    clock.advance(0);
    expect(batches).toEqual(["abc"]);
    await accept();
    await closed;
    push("d");
    expect(drops).toEqual(["1 closed"]);
    expect(clock.pendingMs).toEqual([]);
  });

  test("close ends at its deadline with a receiver that never answers", async () => {
    const { push, clock, queue, drops } = rig();
    push("abc");
    clock.advance(0);
    const closed = queue.close(5000);
    clock.advance(5000);
    await closed;
    expect(drops.toSorted()).toEqual(["1 undeliverable", "2 closed"]);
    expect(clock.pendingMs).toEqual([]);
  });

  test("close of an idle queue is at once", async () => {
    await rig().queue.close(5000);
  });
});

describe("boundedBuffer", () => {
  test("stays within its bounds, keeps the order, and loses only the oldest", () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 4 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const buffer = boundedBuffer<number>({ maxEntries: 5, maxBytes: 30 });
        let next = 0;
        let lost = 0;
        const seen: number[] = [];
        for (const one of steps) {
          if ("push" in one) {
            lost += buffer.push(next, one.push);
            next += 1;
          } else {
            const taken = buffer.take(one.take);
            seen.push(...taken.entries);
            buffer.release(taken);
          }
          expect(buffer.waiting).toBeLessThanOrEqual(5);
          expect(buffer.waitingBytes).toBeLessThanOrEqual(30);
        }
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect(seen.length + lost + buffer.waiting).toBe(next);
      }),
    );
  });
});
