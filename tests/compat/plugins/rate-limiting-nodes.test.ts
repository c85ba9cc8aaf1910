import { describe, expect, test } from "bun:test";
import type { TestGateway } from "../../gateway.ts";
import { REDIS_SERVER } from "../../vectors/real-redis.ts";
import { redisForLimits } from "./limited-on-redis.ts";
import { ask, limited, openaiLimit, proxyTo, target } from "./rate-limited.ts";
import { answer, scriptedModel } from "./scripted-model.ts";

const status = async (gateway: TestGateway | undefined) =>
  gateway ? (await ask(gateway)).status : 0;
const stop = (gateways: readonly TestGateway[]) =>
  Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()));

describe.skipIf(!REDIS_SERVER)("several nodes that count in one Redis", () => {
  test("R11 a limit holds for two nodes together", async () => {
    await using redis = await redisForLimits();
    await using model = scriptedModel(() => "Yes.");
    const config = {
      ...openaiLimit(100, 86_400),
      strategy: "redis",
      sync_rate: 0,
      redis: redis.redis,
    };
    const nodes = await redis.gateways(2, limited(config, proxyTo(target(model.url, "openai"))));
    const seen: number[] = [];
    for (let call = 0; call < 8; call++) seen.push(await status(nodes[call % 2]));
    // 37 tokens a call: three of them cross 100, and one more where the other node was asked before it was told.
    const granted = seen.filter((code) => code === 200).length;
    expect(granted).toBeGreaterThanOrEqual(3);
    expect(granted).toBeLessThanOrEqual(4);
    expect(seen.slice(granted)).toEqual(Array(8 - granted).fill(429));
    await stop(nodes);
  });

  test("of 50 calls at one time on three nodes no more are let in than a limit of 100 tokens holds", async () => {
    await using redis = await redisForLimits();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    await using slow = scriptedModel(async () => {
      await gate;
      return Response.json(answer("Yes."));
    });
    const config = {
      ...openaiLimit(100, 86_400),
      reserve: true,
      strategy: "redis",
      sync_rate: 0,
      redis: redis.redis,
    };
    const to = target(slow.url, "openai", { max_tokens: 18 });
    const nodes = await redis.gateways(3, limited(config, proxyTo(to)));
    const codes: number[] = [];
    const calls: Promise<unknown>[] = [];
    // Ten at one time, and all fifty open together: whoever is let in waits for the model.
    for (let wave = 0; wave < 5; wave++) {
      for (let at = 0; at < 10; at++) {
        calls.push(status(nodes[at % 3]).then((code) => codes.push(code)));
      }
      const decided = () => codes.length + slow.questions.length;
      while (decided() < calls.length) await new Promise(setImmediate);
    }
    expect(codes).toEqual(Array(45).fill(429));
    open();
    await Promise.all(calls);
    // Two words of prompt and a cap of 18: five fit into 100.
    expect(codes.slice(45)).toEqual(Array(5).fill(200));
    await stop(nodes);
  });
});
