import { describe, expect, test } from "bun:test";
import { createOperatorLog, type Happening } from "../../gateway/call/operator-log.ts";
import { madeUpCalls } from "./made-up-calls.ts";
import { warmUp } from "./warm-up.ts";

function listening() {
  const told: Happening[] = [];
  const operatorLog = createOperatorLog();
  operatorLog.setOutput({ tell: (happening) => told.push(happening), problem: () => undefined });
  return { told, operatorLog };
}

describe("the code of calls is warmed up", () => {
  test("by calls that are each answered, passed on and translated, whole and streamed", async () => {
    const calls = madeUpCalls();
    expect(calls).toHaveLength(4);
    for (const call of calls) await call();
  });

  test("by no more than a thousand", async () => {
    const { operatorLog } = listening();
    let calls = 0;
    const makeCalls = () => [async () => void calls++];
    const made = await warmUp({ signal: new AbortController().signal, operatorLog, makeCalls });
    expect(made).toBe(calls);
    expect(made).toBeLessThanOrEqual(1_000);
  });

  test("until it is told to end", async () => {
    const { operatorLog } = listening();
    const stopping = new AbortController();
    const makeCalls = () => [async () => undefined, async () => stopping.abort()];
    expect(await warmUp({ signal: stopping.signal, operatorLog, makeCalls })).toBe(2);
  });

  test("and whoever runs the gateway is told where that fails", async () => {
    const { told, operatorLog } = listening();
    const makeCalls = () => [() => Promise.reject(new Error("no such answer"))];
    const { signal } = new AbortController();
    expect(await warmUp({ signal, operatorLog, makeCalls })).toBe(0);
    expect(told.map(({ level, sentence }) => [level, sentence])).toEqual([
      ["error", "could not warm up, the first calls will be slower: no such answer"],
    ]);
  });
});
