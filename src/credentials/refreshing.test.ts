import { expect, test } from "bun:test";
import { refreshing } from "./refreshing.ts";

const MINUTE_MS = 60_000;

interface Token {
  readonly name: string;
  readonly expiresAtMs?: number;
}

/** A source whose answers are given by hand, and a clock that stands still. */
function source() {
  const waiting: PromiseWithResolvers<Token>[] = [];
  const failures: unknown[] = [];
  let now = 0;
  const get = refreshing<Token>(
    () => {
      const answer = Promise.withResolvers<Token>();
      waiting.push(answer);
      return answer.promise;
    },
    { nowMs: () => now, onFailure: (error) => failures.push(error) },
  );
  return {
    get,
    failures,
    loads: () => waiting.length,
    async give(token: Token) {
      waiting.at(-1)?.resolve(token);
      await Promise.resolve();
    },
    async fail(error: Error) {
      waiting.at(-1)?.reject(error);
      await new Promise(setImmediate);
    },
    advance(ms: number) {
      now += ms;
    },
  };
}

test("all who ask at once wait for one load", async () => {
  const { get, loads, give } = source();
  const asked = [get(), get(), get()];
  await give({ name: "a" });
  expect(await Promise.all(asked)).toEqual([{ name: "a" }, { name: "a" }, { name: "a" }]);
  expect(loads()).toBe(1);
});

test("what never ends is loaded once", async () => {
  const { get, loads, give, advance } = source();
  const first = get();
  await give({ name: "a" });
  await first;
  advance(1000 * MINUTE_MS);
  expect(await get()).toEqual({ name: "a" });
  expect(loads()).toBe(1);
});

test("it is renewed five minutes ahead and more, while the old value serves", async () => {
  const { get, loads, give, advance } = source();
  const first = get();
  await give({ name: "a", expiresAtMs: 60 * MINUTE_MS });
  await first;
  advance(53 * MINUTE_MS);
  await get();
  expect(loads()).toBe(1);
  advance(1.5 * MINUTE_MS);
  expect((await get()).name).toBe("a");
  expect((await get()).name).toBe("a");
  expect(loads()).toBe(2);
  await give({ name: "b", expiresAtMs: 120 * MINUTE_MS });
  await new Promise(setImmediate);
  expect((await get()).name).toBe("b");
});

test("a failed renewal is told and tried again after a pause, while the old value serves", async () => {
  const { get, loads, give, fail, failures, advance } = source();
  const first = get();
  await give({ name: "a", expiresAtMs: 10 * MINUTE_MS });
  await first;
  advance(5 * MINUTE_MS);
  await get();
  await fail(new Error("down"));
  expect(failures).toEqual([new Error("down")]);
  expect((await get()).name).toBe("a");
  expect(loads()).toBe(2);
  advance(1000);
  await get();
  expect(loads()).toBe(3);
});

test("without a valid value the failure is thrown, and pauses double", async () => {
  const { get, loads, fail, give, advance } = source();
  const first = rejection(get());
  await fail(new Error("one"));
  expect(await first).toEqual(new Error("one"));
  expect(await rejection(get())).toEqual(new Error("one"));
  expect(loads()).toBe(1);
  advance(1000);
  const second = rejection(get());
  await fail(new Error("two"));
  expect(await second).toEqual(new Error("two"));
  advance(1000);
  expect(await rejection(get())).toEqual(new Error("two"));
  advance(1000);
  const third = get();
  await give({ name: "a" });
  expect((await third).name).toBe("a");
  expect(loads()).toBe(3);
});

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );
