import { expect, test } from "bun:test";
import { bounded } from "./sdk.ts";

const MINUTE_MS = 60_000;

/** Work that ends when told to. */
function work() {
  let nowMs = 0;
  const begun: PromiseWithResolvers<string>[] = [];
  const load = bounded(
    () => {
      const one = Promise.withResolvers<string>();
      begun.push(one);
      return one.promise;
    },
    { timeoutMs: 5, nowMs: () => nowMs, what: "the program" },
  );
  return {
    begun,
    load,
    failure: () => load().catch((error) => error.message),
    advance(ms: number) {
      nowMs += ms;
    },
  };
}

test("who asks waits so long and no longer", async () => {
  const { failure } = work();
  expect(await failure()).toBe("the program did not end within 0.005 s");
});

test("what hangs is not begun again, and serves those who wait when it ends", async () => {
  const { begun, load, failure } = work();
  await failure();
  await failure();
  const waiting = load();
  begun[0]?.resolve("keys");
  expect(await waiting).toBe("keys");
  expect(begun).toHaveLength(1);
});

test("what has ended is begun anew, whether it failed or not", async () => {
  const { begun, load, failure } = work();
  const failing = failure();
  begun[0]?.reject(new Error("exit"));
  expect(await failing).toBe("exit");
  const again = load();
  begun[1]?.resolve("keys");
  expect(await again).toBe("keys");
  const third = load();
  begun[2]?.resolve("newer keys");
  expect(await third).toBe("newer keys");
});

test("after five minutes it is given up, and its end does not matter any more", async () => {
  const { begun, load, failure, advance } = work();
  await failure();
  advance(5 * MINUTE_MS);
  const second = load();
  begun[0]?.reject(new Error("late"));
  begun[1]?.resolve("keys");
  expect(await second).toBe("keys");
  expect(begun).toHaveLength(2);
});
