import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { redisSchema } from "../../src/plugins/vectordb-schema.ts";
import { openRedis } from "../../src/redis/redis-connection.ts";
import { createRedisStore } from "../../src/vectors/redis-store.ts";
import { freePort, REDIS_SERVER, startRedis } from "./real-redis.ts";
import { startSearchStandIn } from "./search-stand-in.ts";
import { describeStore } from "./store-laws.ts";

describe.skipIf(REDIS_SERVER === null)("with a stand-in for a server that searches", () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let standIn: Awaited<ReturnType<typeof startSearchStandIn>>;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    const port = await freePort();
    server = await startRedis(port);
    standIn = await startSearchStandIn(redisSchema.parse({ port }));
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await standIn.stop();
    await server.stop();
  });

  describeStore("a Redis that searches", {
    open(space, collection, now) {
      const connection = openRedis(redisSchema.parse({ port: standIn.port }));
      const store = createRedisStore(connection, { space, collection, now });
      opened.push(store);
      return store;
    },
  });

  test("one index is made for all collections of a space, by whoever comes first", () => {
    expect([...standIn.indexes.keys()].toSorted()).toEqual([
      "dragoman:vectors:4:cosine",
      "dragoman:vectors:4:euclidean",
    ]);
  });
});
