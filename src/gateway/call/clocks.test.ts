import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../chat/error.ts";
import { createDeadlines, type Deadline } from "./clocks.ts";

const never = Number.POSITIVE_INFINITY;
const goingDown = new GatewayError("draining", "the gateway is shutting down");

describe("clocks", () => {
  test("what is watched, and nothing else, is ended, whatever came and went before", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(19)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (steps) => {
        const { watch, unwatch, abortAll } = createDeadlines();
        const aborted: number[] = [];
        const deadlines = Array.from({ length: 20 }, (_, at): Deadline => {
          return { atMs: never, expire: () => undefined, abort: () => aborted.push(at) };
        });
        const expected = new Set<number>();
        for (const [isWatch, at] of steps) {
          const deadline = deadlines[at];
          if (!deadline) throw new Error("no such deadline");
          if (isWatch) watch(deadline);
          else unwatch(deadline);
          if (isWatch) expected.add(at);
          else expected.delete(at);
        }
        abortAll(goingDown);
        deadlines.forEach(unwatch);
        expect(aborted.toSorted()).toEqual([...expected].toSorted());
      }),
    );
  });

  test("what one expiry ends does not expire as well", async () => {
    const { watch, unwatch } = createDeadlines();
    const expired: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const second: Deadline = { atMs: 0, expire: () => expired.push("second") };
    watch({
      atMs: 0,
      expire: () => {
        expired.push("first");
        unwatch(second);
      },
    });
    watch(second);
    watch({ atMs: 0, expire: resolve });
    await promise;
    expect(expired).toEqual(["first"]);
  });
});
