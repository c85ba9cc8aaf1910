import type { RedisArgument, RedisReply } from "../redis/redis-client.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { distanceOf, dot } from "./distance.ts";
import { CANDIDATES, PUT, REMOVE, REMOVE_SOME } from "./redis-scripts.ts";
import { openRedisSearch, type RedisSearch } from "./redis-search.ts";
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
const MOST_COMPARED_HERE = 1000;
/** The same where the server searches. */
const MOST_SEARCHED_THERE = 100_000;
/** What a server finds beyond what is wanted, for some may have expired that it has not dropped yet. */
const SPARE = 8;
const REMOVED_AT_ONCE = 1000;

export interface RedisStoreOptions {
  readonly space: VectorSpace;
  readonly collection: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Candidate {
  readonly key: string;
  readonly expires: string | undefined;
  readonly bytes: RedisReply | undefined;
}

/**
 * Vectors in Redis or Valkey. Where the server has search commands it finds the nearest; a plain one is asked for all
 * vectors of the partition. Either way distances are measured here, so that they mean the same.
 */
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

  let searching: Promise<RedisSearch | undefined> | undefined;

  /** Asked once; again where there was no answer. */
  async function serverSearch(): Promise<RedisSearch | undefined> {
    searching ??= openRedisSearch(redis, space);
    try {
      return await searching;
    } catch (error) {
      searching = undefined;
      throw error;
    }
  }

  /** A word of its own for each partition of a collection: what a query can say without escaping. */
  const scopeOf = (partition: string) =>
    new Bun.CryptoHasher("sha256").update(JSON.stringify([collection, partition])).digest("hex");

  async function candidates(
    partition: string,
    vector: Float32Array,
    limit: number,
  ): Promise<readonly Candidate[]> {
    const search = await serverSearch();
    if (!search) {
      const reply = listIn(await run(CANDIDATES, partition));
      return Array.from({ length: Math.floor(reply.length / 3) }, (_, i) => ({
        key: textIn(reply[3 * i]) ?? "",
        expires: textIn(reply[3 * i + 1]),
        bytes: reply[3 * i + 2],
      }));
    }
    const names = await search.nearest(scopeOf(partition), bytesOf(vector), limit + SPARE);
    return Promise.all(
      names.map(async (name) => {
        const [expires, bytes] = listIn(
          await redis.send(name, ["HMGET", name, "expires", "vector"]),
        );
        return { key: name.slice(entryName("").length), expires: textIn(expires), bytes };
      }),
    );
  }

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
      const most = (await serverSearch()) ? MOST_SEARCHED_THERE : MOST_COMPARED_HERE;
      await run(PUT, key, partition, value, ...times, bytes, `${most}`, scopeOf(partition));
    },

    async nearest({ partition, vector, limit, threshold }) {
      checkLength(vector, space);
      const length = Math.sqrt(dot(vector, vector));
      const near: { key: string; distance: number }[] = [];
      for (const { key, expires, bytes } of await candidates(partition, vector, limit)) {
        if (!(bytes instanceof Buffer)) continue;
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
