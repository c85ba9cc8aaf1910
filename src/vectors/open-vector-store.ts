import { openRedis } from "../redis/redis-connection.ts";
import type { RedisOptions } from "../redis/redis-options.ts";
import { guardedStore } from "./guarded-store.ts";
import { createMemoryStore } from "./memory-store.ts";
import { checkPostgres, type PostgresOptions } from "./postgres-options.ts";
import type { VectorSpace, VectorStore } from "./vector-store.ts";

/** What a plugin's `vectordb` says, as far as it is needed to open one. */
export interface VectorStoreOptions {
  readonly strategy: "memory" | "redis" | "pgvector";
  readonly dimensions: number;
  readonly distance_metric: VectorSpace["metric"];
  readonly redis: RedisOptions;
  readonly pgvector: PostgresOptions;
}

export interface VectorStoreContext {
  /** Whose vectors they are: the id of a plugin instance. Another name is another collection. */
  readonly collection: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** One sentence where a store elsewhere stops answering, and where it answers again. */
  readonly report?: (change: string) => void;
}

/**
 * The store that is configured. Nothing is connected to, or loaded, before it is first asked. Throws a sentence where the
 * options cannot be acted on.
 */
export function openVectorStore(
  { strategy, dimensions, distance_metric: metric, redis, pgvector }: VectorStoreOptions,
  { collection, now, report = () => {} }: VectorStoreContext,
): VectorStore {
  const space = { dimensions, metric };
  switch (strategy) {
    case "memory":
      return createMemoryStore(space, now);
    case "redis": {
      const connection = openRedis(redis);
      const open = async () => {
        const { createRedisStore } = await import("./redis-store.ts");
        return createRedisStore(connection, { space, collection, now });
      };
      return guardedStore(open, { name: `Redis at ${redis.host}:${redis.port}`, report });
    }
    case "pgvector": {
      const { host, port } = checkPostgres(pgvector);
      const open = async () => {
        const { openPostgres } = await import("./postgres-connection.ts");
        const { createPgvectorStore } = await import("./pgvector-store.ts");
        return createPgvectorStore(openPostgres(pgvector), { space, collection, now });
      };
      return guardedStore(open, { name: `Postgres at ${host}:${port}`, report });
    }
  }
}
