import { createServer, type Socket } from "node:net";
import type { RedisReply } from "../../src/redis/redis-client.ts";
import { openRedis } from "../../src/redis/redis-connection.ts";
import type { RedisOptions } from "../../src/redis/redis-options.ts";

/**
 * A Redis with search commands, as far as they are published (https://valkey.io/commands/ft.search/): a real server does
 * all else, and whatever the pages do not allow is an error.
 */
export async function startSearchStandIn(behind: RedisOptions) {
  const redis = openRedis(behind);
  const indexes = new Map<string, { readonly prefix: string; readonly bytes: number }>();

  function create(args: readonly string[]): string {
    const [name = "", ...rest] = args;
    const shape =
      /^ON HASH PREFIX 1 (\S+) SCHEMA scope TAG vector VECTOR HNSW 6 TYPE FLOAT32 DIM (\d+) DISTANCE_METRIC (?:COSINE|L2)$/;
    const [, prefix, dimensions] = shape.exec(rest.join(" ")) ?? [];
    if (prefix === undefined) throw new Error("ERR wrong arguments for FT.CREATE");
    if (indexes.has(name)) throw new Error(`Index ${name} in database 0 already exists.`);
    indexes.set(name, { prefix, bytes: 4 * Number(dimensions) });
    return "OK";
  }

  async function search(args: readonly Buffer[]): Promise<RedisReply> {
    const [name, query, params, count, parameter, vector, ...rest] = args;
    const index = indexes.get(String(name));
    if (!index) throw new Error(`Index with name '${name}' not found`);
    const asked = /^\(@scope:\{([0-9a-f]+)\}\)=>\[KNN (\d+) @vector \$asked\]$/.exec(String(query));
    const shown = /^NOCONTENT LIMIT 0 \d+ DIALECT 2$/.test(rest.join(" "));
    if (!asked || !shown || `${params} ${count} ${parameter}` !== "PARAMS 2 asked") {
      throw new Error("ERR invalid query");
    }
    if (!vector || vector.length !== index.bytes)
      throw new Error("ERR query vector has a wrong length");
    const near: { readonly key: Buffer; readonly angle: number; readonly apart: number }[] = [];
    for (const key of (await redis.send("", ["KEYS", "*:entry:*"])) as readonly Buffer[]) {
      if (!key.toString().startsWith(index.prefix)) continue;
      const kept = await redis.send("", ["HMGET", key, "scope", "vector"]);
      const [scope, bytes] = kept as readonly (Buffer | null)[];
      if (String(scope) !== asked[1] || !bytes) continue;
      near.push({ key, ...measure(vector, bytes) });
    }
    const isCosine = String(name).endsWith(":cosine");
    near.sort((a, b) => (isCosine ? a.angle - b.angle : a.apart - b.apart));
    const keys = near.slice(0, Number(asked[2])).map(({ key }) => key);
    return [keys.length, ...keys];
  }

  async function answer(command: readonly Buffer[]): Promise<RedisReply> {
    const [name = "", ...args] = command;
    if (String(name) === "FT.CREATE") return create(args.map(String));
    if (String(name) === "FT.SEARCH") return search(args);
    return redis.send("", command);
  }

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    let last = Promise.resolve();
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let read = commandIn(rest); read; read = commandIn(rest)) {
        const { command } = read;
        rest = rest.subarray(read.length);
        last = last.then(async () => {
          const reply = await answer(command).catch((error: Error) => error);
          socket.write(encoded(reply));
        });
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    indexes,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await redis.close();
    },
  };
}

function measure(one: Buffer, other: Buffer) {
  let [product, squareOfOne, squareOfOther, apart] = [0, 0, 0, 0];
  for (let at = 0; at < one.length; at += 4) {
    const [a, b] = [one.readFloatLE(at), other.readFloatLE(at)];
    product += a * b;
    squareOfOne += a * a;
    squareOfOther += b * b;
    apart += (a - b) ** 2;
  }
  return { angle: 1 - product / (Math.sqrt(squareOfOne * squareOfOther) || 1), apart };
}

/** A command is an array of strings (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
function commandIn(bytes: Buffer) {
  let at = 0;
  const line = (sign: string): number | undefined => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const text = bytes.toString("latin1", at, end);
    if (text[0] !== sign) throw new Error(`not a command: ${text}`);
    at = end + 2;
    return Number(text.slice(1));
  };
  const count = line("*");
  if (count === undefined) return undefined;
  const command: Buffer[] = [];
  while (command.length < count) {
    const length = line("$");
    if (length === undefined || bytes.length < at + length + 2) return undefined;
    command.push(bytes.subarray(at, at + length));
    at += length + 2;
  }
  return { command, length: at };
}

function encoded(reply: RedisReply): Buffer {
  if (reply === null) return Buffer.from("$-1\r\n");
  if (typeof reply === "number") return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === "string") return Buffer.from(`+${reply}\r\n`);
  if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`);
  if (Buffer.isBuffer(reply)) {
    return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from("\r\n")]);
  }
  const replies: readonly RedisReply[] = reply;
  const parts = replies.map((one) => encoded(one));
  return Buffer.concat([Buffer.from(`*${replies.length}\r\n`), ...parts]);
}
