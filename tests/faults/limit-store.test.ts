import { describe, expect, test } from "bun:test";
import { redisForLimits } from "../compat/plugins/limited-on-redis.ts";
import { ask, limited, openaiLimit, proxyTo, target } from "../compat/plugins/rate-limited.ts";
import { scriptedModel } from "../compat/plugins/scripted-model.ts";
import { startGateway, type TestGateway } from "../gateway.ts";
import { freePort, REDIS_SERVER, startRedis } from "../vectors/real-redis.ts";

/** A store that does not answer costs a call this at most, five times; a loaded machine is given more. */
const STORE_TIMEOUT_MS = 100;
const DAY_S = 86_400;
const LIMIT = 1_000_000;
/** What each answer of the model counts. */
const TOKENS = 37;

async function timed(gateway: TestGateway) {
  const startedAtMs = performance.now();
  const { status, headers } = await ask(gateway);
  const left = Number(headers.get("x-ai-ratelimit-remaining-day-openai"));
  return { status, left, ms: performance.now() - startedAtMs };
}

describe.skipIf(!REDIS_SERVER)("limits counted in Redis", () => {
  test("G18 R9 paused: no call fails, none waits long, the node goes on by itself; then all that it counted is told, once", async () => {
    await using redis = await redisForLimits();
    await using model = scriptedModel(() => "Yes.");
    const config = {
      ...openaiLimit(LIMIT, DAY_S),
      window_type: "fixed",
      strategy: "redis",
      sync_rate: 0,
      redis: redis.redis,
    };
    const file = limited(config, proxyTo(target(model.url, "openai")));
    const [node, other] = await redis.gateways(2, file);
    if (!node || !other) throw new Error("no gateways");
    await ask(node);
    redis.pause();
    for (let call = 0; call < 26; call++) {
      const { status, left, ms } = await timed(node);
      expect([status, left]).toEqual([200, LIMIT - TOKENS * (call + 1)]);
      expect(ms).toBeLessThan(STORE_TIMEOUT_MS * (call < 5 ? 5 : 1));
    }
    redis.resume();
    // The other node sees its own calls, and those of the first one as soon as that knows that the store is back.
    let own = 0;
    let toldCount = 0;
    while (toldCount < 27) {
      const { status, left } = await timed(other);
      expect(status).toBe(200);
      toldCount = Math.round((LIMIT - left) / TOKENS) - own;
      own += 1;
    }
    expect(toldCount).toBe(27);
    expect((await timed(other)).left).toBe(LIMIT - TOKENS * (27 + own));
    await node[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  test("G17 absent when the gateway starts: limits hold for the node", async () => {
    await using model = scriptedModel(() => "Yes.");
    const config = {
      ...openaiLimit(70, DAY_S),
      strategy: "redis",
      sync_rate: 0,
      redis: { host: "127.0.0.1", port: await freePort() },
    };
    await using gateway = await startGateway(limited(config, proxyTo(target(model.url, "openai"))));
    const seen: number[] = [];
    for (let call = 0; call < 4; call++) seen.push((await ask(gateway)).status);
    expect(seen).toEqual([200, 200, 429, 429]);
  });

  test("killed and started anew, empty: no call fails, and counting goes on", async () => {
    const port = await freePort();
    let server = await startRedis(port);
    await using model = scriptedModel(() => "Yes.");
    const config = {
      ...openaiLimit(1_000_000, DAY_S),
      strategy: "redis",
      sync_rate: 0,
      redis: { host: "127.0.0.1", port },
    };
    await using gateway = await startGateway(limited(config, proxyTo(target(model.url, "openai"))));
    const calls = Array.from({ length: 40 }, async (_, at) => {
      if (at === 10) await server.stop();
      return (await ask(gateway)).status;
    });
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    server = await startRedis(port);
    expect((await ask(gateway)).status).toBe(200);
    await server.stop();
  });
});
