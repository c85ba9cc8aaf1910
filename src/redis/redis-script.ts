import { createHash } from "node:crypto";
import type { RedisArgument, RedisReply } from "./redis-client.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** Runs a script in one step; `key` says on which node of a cluster. */
export type RedisScript = (
  redis: RedisConnection,
  key: string,
  args: readonly RedisArgument[],
) => Promise<RedisReply>;

/** A script that is sent once: from then on the server knows it by its hash, until it restarts. */
export function redisScript(source: string): RedisScript {
  const sha = createHash("sha1").update(source).digest("hex");
  return async (redis, key, args) => {
    try {
      return await redis.send(key, ["EVALSHA", sha, "1", key, ...args]);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return redis.send(key, ["EVAL", source, "1", key, ...args]);
    }
  };
}
