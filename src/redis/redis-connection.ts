import type { RedisArgument, RedisClient, RedisReply } from "./redis-client.ts";
import { type RedisOptions, topologyOf } from "./redis-options.ts";

/**
 * Redis or Valkey as it is configured. It is connected to when it is first asked, and again when it is asked after a
 * connection was lost: how often that is tried is up to whoever asks.
 */
export interface RedisConnection {
  /**
   * Of a cluster it asks the node that has `key`. Rejects where the server answers with an error, cannot be reached,
   * or does not answer in the configured times.
   */
  send(key: string, command: readonly RedisArgument[]): Promise<RedisReply>;
  close(): Promise<void>;
}

/** Throws a sentence where the options cannot be acted on. */
export function openRedis(options: RedisOptions): RedisConnection {
  topologyOf(options);
  const { connect_timeout, send_timeout, read_timeout, timeout } = options;
  const connectMs = timeout ?? connect_timeout;
  const answerMs = timeout ?? send_timeout + read_timeout;
  let current: Promise<RedisClient> | undefined;

  function connected(): Promise<RedisClient> {
    current ??= connect();
    return current;
  }

  async function connect(): Promise<RedisClient> {
    // The library is loaded by those who use it.
    const { createRedisClient } = await import("./redis-client.ts");
    const client = createRedisClient(options);
    try {
      await within(connectMs, "Redis was not reached", client.connect());
      return client;
    } catch (error) {
      current = undefined;
      discard(client);
      throw error;
    }
  }

  /** No later answer may be taken for that of another command: the connection ends with the one that failed. */
  function letGo(client: RedisClient, of: Promise<RedisClient>): void {
    if (current === of) current = undefined;
    discard(client);
  }

  return {
    async send(key, command) {
      const connecting = connected();
      const client = await connecting;
      try {
        return await within(answerMs, "Redis did not answer", client.send(key, command));
      } catch (error) {
        const { isServersError } = await import("./redis-client.ts");
        if (!isServersError(error)) letGo(client, connecting);
        throw error;
      }
    },

    async close() {
      const closing = current;
      current = undefined;
      const client = await closing?.catch(() => undefined);
      if (client) discard(client);
    },
  };
}

function discard(client: RedisClient): void {
  try {
    client.destroy();
  } catch {
    // It was closed already, which is what is wanted.
  }
}

async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
