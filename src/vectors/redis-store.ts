import type { RedisArgument, RedisReply } from "../redis/redis-client.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { distanceOf, dot } from "./distance.ts";
import { CANDIDATES, PUT, REMOVE, REMOVE_SOME } from "./redis-scripts.ts";
import {
  checkLength,
  type KeptEntry,
  type VectorMatch,
  type VectorSpace,
  type VectorStore,
} from "./vector-store.ts";

/**
 * The most entries with vectors of one partition: all of them are compared at each search. Those stored longest ago go
 * where there are more.
 */
const MOST_OF_PARTITION = 1000;
const REMOVED_AT_ONCE = 1000;

export interface RedisStoreOptions {
  readonly space: VectorSpace;
  readonly collection: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Vectors in a plain Redis or Valkey: a search reads all vectors of the partition and compares them here. */
export function createRedisStore(
  redis: RedisConnection,
  { space, collection, now }: RedisStoreOptions,
): VectorStore {
  const { dimensions, metric } = space;
  // What stands in braces says which slot of a cluster it is.
  const prefix = `dragoman:vectors:${dimensions}:${metric}:{${encodeURIComponent(collection)}}`;
  const entryName = (key: string) => `${prefix}:entry:${key}`;
  const run = (script: string, ...args: readonly RedisArgument[]) =>
    redis.send(prefix, ["EVAL", script, "1", prefix, prefix, ...args]);
  const isOver = (expiresAtMs: number | undefined) =>
    expiresAtMs !== undefined && expiresAtMs <= now();

  async function get(key: string): Promise<KeptEntry | undefined> {
    const fields = ["partition", "value", "stored", "expires"];
    const reply = listIn(await redis.send(entryName(key), ["HMGET", entryName(key), ...fields]));
    const [partition, value, stored, expires] = reply.map(textIn);
    if (partition === undefined || value === undefined) return undefined;
    const expiresAtMs = expires ? Number(expires) : undefined;
    if (isOver(expiresAtMs)) return undefined;
    const entry = { key, partition, value, storedAtMs: Number(stored) };
    return expiresAtMs === undefined ? entry : { ...entry, expiresAtMs };
  }

  return {
    get,

    async put({ key, partition, vector, value, storedAtMs, expiresAtMs }) {
      if (vector) checkLength(vector, space);
      const times = [storedAtMs, expiresAtMs ?? "", now()].map(String);
      const bytes = vector ? bytesOf(vector) : "";
      await run(PUT, key, partition, value, ...times, bytes, String(MOST_OF_PARTITION));
    },

    async nearest({ partition, vector, limit, threshold }) {
      checkLength(vector, space);
      const length = Math.sqrt(dot(vector, vector));
      const near: { key: string; distance: number }[] = [];
      const reply = listIn(await run(CANDIDATES, partition));
      for (let i = 0; i + 2 < reply.length; i += 3) {
        const [key, expires, bytes] = [textIn(reply[i]), textIn(reply[i + 1]), reply[i + 2]];
        if (key === undefined || !(bytes instanceof Buffer)) continue;
        if (expires && isOver(Number(expires))) continue;
        const other = vectorIn(bytes);
        if (other.length !== dimensions) continue;
        const lengths = [length, Math.sqrt(dot(other, other))] as const;
        const distance = distanceOf(space, { product: dot(vector, other), lengths });
        if (distance <= threshold) near.push({ key, distance });
      }
      near.sort((one, other) => one.distance - other.distance);
      const matches: VectorMatch[] = [];
      for (const { key, distance } of near.slice(0, limit)) {
        const entry = await get(key);
        // It may have been replaced in between: what is given must be of the partition that was asked for.
        if (entry?.partition === partition) matches.push({ ...entry, distance });
      }
      return matches;
    },

    async remove(key) {
      const expires = textIn(await run(REMOVE, key));
      return expires !== undefined && !(expires !== "" && isOver(Number(expires)));
    },

    async removeAll() {
      let left: RedisReply;
      do left = await run(REMOVE_SOME, String(REMOVED_AT_ONCE));
      while (Number(left) > 0);
    },

    close: () => redis.close(),
  };
}

function listIn(reply: RedisReply): readonly RedisReply[] {
  if (Array.isArray(reply)) return reply;
  throw new Error("Redis answered something else than a list");
}

function textIn(reply: RedisReply | undefined): string | undefined {
  if (reply instanceof Buffer) return reply.toString("utf8");
  return typeof reply === "string" ? reply : undefined;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A copy: what a reader cuts out of its input begins at any byte. */
function vectorIn(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
