import { expect, test } from "bun:test";
import { oneAtATime } from "./next-gateway.ts";

test("what is asked for while it goes on is done once more, however often it was asked for", async () => {
  const gates: (() => void)[] = [];
  let running = 0;
  const { ask, stop } = oneAtATime(async () => {
    running += 1;
    expect(running).toBe(1);
    await new Promise<void>((resolve) => gates.push(resolve));
    running -= 1;
  });
  ask();
  for (let times = 0; times < 5; times += 1) ask();
  expect(gates).toHaveLength(1);
  gates[0]?.();
  await Bun.sleep(0);
  expect(gates).toHaveLength(2);
  gates[1]?.();
  await Bun.sleep(0);
  expect(gates).toHaveLength(2);
  ask();
  expect(gates).toHaveLength(3);
  gates[2]?.();
  await stop();
});

test("stopping ends what goes on, and nothing begins after it", async () => {
  let begun = 0;
  const { ask, stop } = oneAtATime(
    (signal) =>
      new Promise<void>((resolve) => {
        begun += 1;
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  );
  ask();
  ask();
  await stop();
  ask();
  expect(begun).toBe(1);
});
