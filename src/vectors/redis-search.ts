import type { RedisArgument, RedisReply } from "../redis/redis-client.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import type { VectorSpace } from "./vector-store.ts";

export interface RedisSearch {
  /** Names of the entries whose vectors are nearest, in no order. */
  nearest(scope: string, vector: Buffer, limit: number): Promise<readonly string[]>;
}

/**
 * The server's own search by vectors (RediSearch, https://redis.io/docs/latest/commands/ft.search/, or valkey-search,
 * https://valkey.io/commands/ft.search/); undefined where it has none. One index serves all collections of a space:
 * some servers allow ten.
 */
export async function openRedisSearch(
  redis: RedisConnection,
  { dimensions, metric }: VectorSpace,
): Promise<RedisSearch | undefined> {
  const index = `dragoman:vectors:${dimensions}:${metric}`;
  const send = (...command: readonly RedisArgument[]) => redis.send(index, command);
  const distance = metric === "cosine" ? "COSINE" : "L2";
  try {
    await send(
      ...["FT.CREATE", index, "ON", "HASH", "PREFIX", "1", `${index}:`],
      ...["SCHEMA", "scope", "TAG", "vector", "VECTOR", "HNSW", "6"],
      ...["TYPE", "FLOAT32", "DIM", `${dimensions}`, "DISTANCE_METRIC", distance],
    );
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // The protocol has no codes for these two: another gateway made it, and there is no such command.
    if (/unknown command/i.test(said)) return undefined;
    if (!/already exists/i.test(said)) throw error;
  }
  return {
    async nearest(scope, vector, limit) {
      const query = `(@scope:{${scope}})=>[KNN ${limit} @vector $asked]`;
      const asked = ["PARAMS", "2", "asked", vector] as const;
      const shown = ["NOCONTENT", "LIMIT", "0", `${limit}`, "DIALECT", "2"] as const;
      const reply = await send("FT.SEARCH", index, query, ...asked, ...shown);
      return namesIn(reply);
    },
  };
}

/** How many there are comes first. */
function namesIn(reply: RedisReply): readonly string[] {
  if (!Array.isArray(reply))
    throw new Error("Redis answered a search with something else than a list");
  return reply.slice(1).map((name) => String(name));
}
