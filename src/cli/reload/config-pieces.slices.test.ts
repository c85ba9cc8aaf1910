import { expect, test } from "bun:test";
import fc from "fast-check";
import { inSlices } from "./config-pieces.ts";

/** A clock that steps move, and that tells how long work went on between two turns of others. */
function workshop(sliceMs: number) {
  let nowMs = 0;
  let sinceMs = 0;
  const stretchesMs: number[] = [];
  const rest = () => {
    stretchesMs.push(nowMs - sinceMs);
    sinceMs = nowMs;
  };
  return {
    stretchesMs,
    work: (ms: number) => {
      nowMs += ms;
    },
    rest,
    slices: { sliceMs, nowMs: () => nowMs, turn: async () => rest() },
  };
}

function* working(durationsMs: readonly number[], work: (ms: number) => void) {
  for (const ms of durationsMs) {
    work(ms);
    yield;
  }
  return "done" as const;
}

test("others have a turn after each slice, late by one step at most", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      async (durationsMs, sliceMs) => {
        const { slices, work, rest, stretchesMs } = workshop(sliceMs);
        const steps = working(durationsMs, work);
        expect(await inSlices(steps, new AbortController().signal, slices)).toBe("done");
        rest();
        expect(Math.max(...stretchesMs)).toBeLessThan(sliceMs + 5);
      },
    ),
  ));

test("steps that are given up may let go what they hold, and go no further", async () => {
  const stopping = new AbortController();
  const held: string[] = [];
  function* holding(): Generator<undefined, string> {
    try {
      held.push("opened");
      yield;
      held.push("never");
      return "never";
    } catch (error) {
      held.push("closed");
      throw error;
    }
  }
  const turn = async () => stopping.abort(new Error("no more"));
  const slices = { sliceMs: 0, nowMs: () => 0, turn };
  expect(inSlices(holding(), stopping.signal, slices)).rejects.toThrow("no more");
  await Promise.resolve();
  await Promise.resolve();
  expect(held).toEqual(["opened", "closed"]);
});
