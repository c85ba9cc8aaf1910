import type { ProcessState } from "../gateway/call/process-state.ts";
import type { Counters } from "../limits/counters.ts";
import { localCounters } from "../limits/local-counters.ts";
import { redisCounters } from "../limits/redis-counters.ts";
import { createBreaker } from "../redis/breaker.ts";
import { openRedis } from "../redis/redis-connection.ts";
import { type RedisOptions, topologyOf } from "../redis/redis-options.ts";

/** Counters that several gateways share. */
export interface SharedCounters {
  readonly redis: RedisOptions;
  /** Those of another one are others. */
  readonly namespace: string;
  /** Seconds between two exchanges with the store; with 0 it is asked each time. */
  readonly syncSeconds: number;
}

/** Counters that are held; a reload keeps what was counted. */
export interface OpenCounters {
  readonly counters: Counters;
  release(): Promise<void>;
}

/** Of this process alone, where nothing is said of others. Throws a sentence where the options cannot be acted on. */
export function openCounters(processState: ProcessState, shared?: SharedCounters): OpenCounters {
  if (shared) return openShared(processState, shared);
  const hold = processState.kept.keep("counters", () => localCounters());
  return { counters: hold.value, release: async () => void hold.release() };
}

function openShared({ kept, operatorLog }: ProcessState, shared: SharedCounters): OpenCounters {
  const { redis: options, namespace, syncSeconds } = shared;
  const server = kept.keep(`counters' Redis ${JSON.stringify(options)}`, () => ({
    redis: openRedis(options),
    breaker: createBreaker({
      name: `Redis at ${options.host}:${options.port}, where limits are counted,`,
      report: (change) => operatorLog.say("warn", change),
    }),
  }));
  const hold = kept.keep(`counters ${JSON.stringify(shared)}`, () =>
    redisCounters({ ...server.value, namespace, syncSeconds }),
  );
  return {
    counters: hold.value,
    async release() {
      if (hold.release()) await hold.value.close();
      if (server.release()) await server.value.redis.close();
    },
  };
}

/** What the plugins of the reference say of where counters are kept. */
export interface CounterOptions {
  readonly strategy: "local" | "redis" | "cluster";
  /** Seconds; -1 is never. */
  readonly sync_rate?: number | undefined;
  readonly redis: RedisOptions;
}

export function sharedBy(options: CounterOptions, namespace: string): SharedCounters | undefined {
  const { strategy, sync_rate: syncSeconds = -1, redis } = options;
  return strategy === "redis" && syncSeconds >= 0 ? { redis, namespace, syncSeconds } : undefined;
}

/** Why Redis cannot be used as it is configured. */
export function redisProblems({ strategy, redis }: Pick<CounterOptions, "strategy" | "redis">) {
  if (strategy !== "redis") return [];
  try {
    topologyOf(redis);
    return [];
  } catch (cause) {
    return [(cause as Error).message];
  }
}

/** From now on, for as long as the process lives: its limits are counted with others'. */
export function countWith({ kept }: ProcessState, counters: Counters): void {
  kept.keep("counters", () => counters);
}
