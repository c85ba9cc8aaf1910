import { expect, test } from "bun:test";
import { createBreaker } from "./breaker.ts";

function fixture() {
  const clock = { now: 0 };
  const reported: string[] = [];
  const report = (change: string) => reported.push(change);
  const breaker = createBreaker({ name: "The store", report, elapsedMs: () => clock.now });
  const asked = { times: 0 };
  /** What becomes of one piece of work, whether or not it was begun. */
  const run = (work: () => Promise<unknown>, timeoutMs?: number) =>
    breaker
      .run(() => {
        asked.times++;
        return work();
      }, timeoutMs)
      .then(String, (error: Error) => error.message);
  const fails = async () => {
    throw new Error("gone");
  };
  const answers = async () => "answer";
  const open = async () => {
    for (let i = 0; i < 5; i++) await run(fails);
  };
  return { clock, reported, asked, run, fails, answers, open };
}

const REFUSED = "The store did not answer lately and is not asked for now";

test("after five failures in a row nothing is asked", async () => {
  const { run, fails, answers, asked, reported } = fixture();
  for (let i = 0; i < 4; i++) expect(await run(fails)).toBe("gone");
  expect(await run(answers)).toBe("answer");
  for (let i = 0; i < 5; i++) expect(await run(fails)).toBe("gone");
  expect(asked.times).toBe(10);
  expect(await run(answers)).toBe(REFUSED);
  expect(asked.times).toBe(10);
  expect(reported).toEqual(["The store is not asked for now: gone"]);
});

test("after a pause one is tried with nobody waiting, and an answer closes it", async () => {
  const { run, answers, open, asked, clock, reported } = fixture();
  await open();
  clock.now += 999;
  expect(await run(answers)).toBe(REFUSED);
  expect(asked.times).toBe(5);
  clock.now += 1;
  const { promise, resolve } = Promise.withResolvers<void>();
  expect(await run(() => promise)).toBe(REFUSED);
  expect(await run(answers)).toBe(REFUSED);
  expect(asked.times).toBe(6);
  resolve();
  await Bun.sleep(0);
  expect(await run(answers)).toBe("answer");
  expect(reported.at(-1)).toBe("The store answers again");
});

test("pauses grow from one second to thirty", async () => {
  const { run, fails, open, asked, clock, reported } = fixture();
  await open();
  for (const pauseMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const before = asked.times;
    clock.now += pauseMs - 1;
    await run(fails);
    expect(asked.times).toBe(before);
    clock.now += 1;
    await run(fails);
    await Bun.sleep(0);
    expect(asked.times).toBe(before + 1);
  }
  expect(reported).toHaveLength(1);
});

test("what is late is a failure, and what becomes of it later is nobody's", async () => {
  const { run, asked, answers } = fixture();
  const { promise, reject } = Promise.withResolvers<never>();
  for (let i = 0; i < 5; i++) expect(await run(() => promise, 1)).toBe("no answer within 1 ms");
  reject(new Error("much later"));
  await Bun.sleep(0);
  expect(await run(answers)).toBe(REFUSED);
  expect(asked.times).toBe(5);
});

test("a question that cannot be asked says nothing of the store", async () => {
  const { run, answers } = fixture();
  const misfits = async () => {
    throw new RangeError("too long");
  };
  for (let i = 0; i < 9; i++) expect(await run(misfits)).toBe("too long");
  expect(await run(answers)).toBe("answer");
});
