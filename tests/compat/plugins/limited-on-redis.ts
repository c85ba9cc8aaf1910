import { afterAll, beforeAll, describe } from "bun:test";
import { redisSchema } from "../../../src/plugins/vectordb-schema.ts";
import { openRedis } from "../../../src/redis/redis-connection.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";
import { freePort, REDIS_SERVER, startRedis } from "../../vectors/real-redis.ts";

/** A Redis of a test's own, and gateways that count there. */
export async function redisForLimits() {
  const port = await freePort();
  const server = await startRedis(port);
  const own = openRedis(redisSchema.parse({ port }));

  /** Nobody is to be asked before the gateways reach it. */
  async function clients(count: number): Promise<void> {
    let list = "";
    while (list.split("\n").filter(Boolean).length <= count) {
      list = String(await own.send("", ["CLIENT", "LIST"]));
    }
  }

  return {
    ...server,
    port,
    /** For the options of a plugin. */
    redis: { host: "127.0.0.1", port },
    async gateways(count: number, config: object): Promise<readonly TestGateway[]> {
      const before = String(await own.send("", ["CLIENT", "LIST"]))
        .split("\n")
        .filter(Boolean);
      const started = await Promise.all(Array.from({ length: count }, () => startGateway(config)));
      await clients(before.length + count - 1);
      return started;
    },
    async [Symbol.asyncDispose]() {
      await own.close();
      await server.stop();
    },
  };
}

/** The same cases for each place that limits are counted in; `store` gives what is said of it to a plugin. */
export function onEachStore(name: string, cases: (store: () => object) => void): void {
  describe(`${name}, counted in the process`, () => cases(() => ({})));
  describe.skipIf(!REDIS_SERVER)(`${name}, counted in Redis`, () => {
    let redis: Awaited<ReturnType<typeof redisForLimits>> | undefined;
    beforeAll(async () => {
      redis = await redisForLimits();
    });
    afterAll(() => redis?.[Symbol.asyncDispose]());
    cases(() => ({
      strategy: "redis",
      sync_rate: 0,
      redis: redis?.redis,
      namespace: crypto.randomUUID(),
    }));
  });
}
