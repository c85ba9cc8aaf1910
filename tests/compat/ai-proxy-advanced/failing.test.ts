import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { asked, balanced, QUESTION, target } from "../../faults/balanced.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ remember: 5_000 });
});
afterAll(() => lab.stop());

/** Two targets, of which the first has `traits` and the second is well. */
const besideWell = (traits: string, balancer: object) =>
  startGateway(balanced([target(lab, "openai", traits), target(lab, "anthropic")], balancer));

/** Of `count` calls one after another, those that were answered. */
async function answered(gateway: TestGateway, count: number): Promise<number> {
  let well = 0;
  for (let call = 0; call < count; call++) {
    const response = await gateway.post("/ai", QUESTION);
    await response.bytes();
    if (response.status === 200) well += 1;
  }
  return well;
}

describe("with the default criteria a target that answers every call with an error does not win", () => {
  test.each(["500", "401", "403", "404", "429-bare"])("lowest-latency: %s", async (traits) => {
    await using gateway = await besideWell(traits, { algorithm: "lowest-latency" });
    // One in fifty explores, and the first is a call that nobody knows better for.
    expect(await answered(gateway, 40)).toBeGreaterThanOrEqual(30);
  });

  test.each(["500", "401", "404"])("lowest-usage: %s", async (traits) => {
    await using gateway = await besideWell(traits, { algorithm: "lowest-usage" });
    expect(await answered(gateway, 40)).toBeGreaterThanOrEqual(19);
  });

  test.each(["lowest-latency", "lowest-usage"])(
    "%s: nor does one that refuses every call, which may be the clients' fault",
    async (algorithm) => {
      await using gateway = await besideWell("400", { algorithm });
      expect(await answered(gateway, 40)).toBeGreaterThanOrEqual(16);
    },
  );
});

test.each(["e2e", "tpot"])(
  "lowest-latency by %s: a target that hangs until its clients give up is left",
  async (strategy) => {
    await using gateway = await besideWell("stall-headers", {
      algorithm: "lowest-latency",
      latency_strategy: strategy,
    });
    let well = 0;
    for (let call = 0; call < 20; call++) {
      const patience = AbortSignal.timeout(400);
      const status = await gateway.post("/ai", QUESTION, { signal: patience }).then(
        async (response) => {
          await response.bytes();
          return response.status;
        },
        () => undefined,
      );
      if (status === 200) well += 1;
    }
    expect(well).toBeGreaterThanOrEqual(12);
  },
);

test("lowest-latency asks a target that forbids every call last, not first", async () => {
  await using gateway = await besideWell("403", {
    algorithm: "lowest-latency",
    failover_criteria: ["http_403", "non_idempotent"],
  });
  lab.reset();
  expect(await answered(gateway, 40)).toBe(40);
  expect(asked(lab).filter((vendor) => vendor === "openai").length).toBeLessThan(8);
});
