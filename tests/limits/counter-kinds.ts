import { expect } from "bun:test";
import type { Counters } from "../../src/limits/counters.ts";
import { localCounters } from "../../src/limits/local-counters.ts";
import { redisCounters } from "../../src/limits/redis-counters.ts";
import { sharedCounters } from "../../src/limits/shared-counters.ts";
import { createSharedMemory, type SharedMemory } from "../../src/limits/shared-memory.ts";
import { redisSchema } from "../../src/plugins/vectordb-schema.ts";
import { createBreaker } from "../../src/redis/breaker.ts";
import { openRedis, type RedisConnection } from "../../src/redis/redis-connection.ts";
import { freePort, REDIS_SERVER, startRedis } from "../vectors/real-redis.ts";

/** A way to count, and why its tests are skipped where they are. */
export interface CounterKind {
  readonly name: string;
  readonly isMissing: boolean;
  /** Called once before all tests of it. */
  start(): Promise<void>;
  /** Counters that know nothing yet. */
  open(): Promise<Counters>;
  stop(): Promise<void>;
}

const nothing = async () => undefined;

const local: CounterKind = {
  name: "of one process",
  isMissing: false,
  start: nothing,
  open: async () => localCounters(),
  stop: nothing,
};

function onRedis(name: string, syncSeconds: number): CounterKind {
  let server: Awaited<ReturnType<typeof startRedis>> | undefined;
  let redis: RedisConnection;
  const breaker = createBreaker({ name: "Redis", report: (change) => expect(change).toBe("") });
  return {
    name,
    isMissing: !REDIS_SERVER,
    async start() {
      const port = await freePort();
      server = await startRedis(port);
      redis = openRedis(redisSchema.parse({ port }));
      await redis.send("", ["PING"]);
    },
    open: async () =>
      redisCounters({ redis, breaker, namespace: crypto.randomUUID(), syncSeconds }),
    async stop() {
      await redis.close();
      await server?.stop();
    },
  };
}

let memory: SharedMemory | undefined;
const ofWorkers: CounterKind = {
  name: "of the workers of a machine",
  isMissing: process.platform !== "linux",
  async start() {
    memory = createSharedMemory();
  },
  async open() {
    const { words } = memory ?? createSharedMemory();
    // All but the number that names are hidden by.
    words.fill(0n, 0, 1).fill(0n, 2);
    return sharedCounters(words, 1);
  },
  stop: async () => memory?.close(),
};

export const COUNTER_KINDS: readonly CounterKind[] = [
  local,
  ofWorkers,
  onRedis("on Redis, asked each time", 0),
  onRedis("of a node, told to Redis now and then", 0.02),
];
