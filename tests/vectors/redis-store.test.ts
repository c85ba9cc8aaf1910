import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisSchema, vectordbSchema } from "../../src/plugins/vectordb-schema.ts";
import { openRedis } from "../../src/redis/redis-connection.ts";
import { openVectorStore } from "../../src/vectors/open-vector-store.ts";
import { createRedisStore } from "../../src/vectors/redis-store.ts";
import { SELF_SIGNED } from "../faults/self-signed.ts";
import { freePort, REDIS_SERVER, startRedis, startSentinel } from "./real-redis.ts";
import { describeStore } from "./store-laws.ts";

const COSINE = { dimensions: 4, metric: "cosine" } as const;
const VECTOR = Float32Array.of(1, 0, 0, 0);
const search = { partition: "p", vector: VECTOR, limit: 1, threshold: 2 };

const optionsFor = (port: number, more: object = {}) => redisSchema.parse({ port, ...more });

describe.skipIf(REDIS_SERVER === null)("with a real redis-server", () => {
  let port = 0;
  let server: Awaited<ReturnType<typeof startRedis>>;
  const opened: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    port = await freePort();
    server = await startRedis(port);
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await server.stop();
  });

  describeStore("a plain Redis", {
    open(space, collection, now) {
      const store = createRedisStore(openRedis(optionsFor(port)), { space, collection, now });
      opened.push(store);
      return store;
    },
  });

  function plainStore(collection: string) {
    const connection = openRedis(optionsFor(port));
    const store = createRedisStore(connection, { space: COSINE, collection, now: Date.now });
    opened.push(store);
    return { store, connection };
  }

  const names = async (connection: ReturnType<typeof openRedis>, pattern: string) =>
    String(await connection.send("", ["KEYS", pattern]))
      .split(",")
      .filter((name) => name !== "");

  test("the thousand that were stored last are kept of a partition", async () => {
    const { store } = plainStore("many");
    for (let i = 0; i < 1003; i++) {
      await store.put({ key: `${i}`, partition: "p", vector: VECTOR, value: "", storedAtMs: i });
    }
    expect(await store.nearest({ ...search, limit: 2000 })).toHaveLength(1000);
    expect(await store.get("2")).toBeUndefined();
    expect(await store.get("3")).toBeDefined();
  });

  test("what has expired is gone from the server, and what named it", async () => {
    const { store, connection } = plainStore("short");
    const expiresAtMs = Date.now() + 50;
    const times = { storedAtMs: Date.now(), expiresAtMs };
    await store.put({ key: "a", partition: "p", vector: VECTOR, value: "", ...times });
    const entries = "dragoman:vectors:4:cosine:{short}:[ep]*:*";
    expect(await names(connection, entries)).toHaveLength(2);
    while ((await names(connection, entries)).length > 0) await Bun.sleep(5);
    await store.put({ key: "b", partition: "q", value: "", storedAtMs: 0 });
    expect(
      String(
        await connection.send("", ["ZRANGE", "dragoman:vectors:4:cosine:{short}:keys", "0", "-1"]),
      ),
    ).toBe("b");
  });

  test("removing all leaves nothing on the server", async () => {
    const { store, connection } = plainStore("left*");
    const other = plainStore("leftover").store;
    await other.put({ key: "a", partition: "p", vector: VECTOR, value: "kept", storedAtMs: 0 });
    for (const key of ["a", "b"]) {
      await store.put({ key, partition: key, vector: VECTOR, value: "", storedAtMs: 0 });
    }
    await store.removeAll();
    expect(await names(connection, "dragoman:vectors:4:cosine:{left\\*}*")).toEqual([]);
    expect((await other.get("a"))?.value).toBe("kept");
  });
});

describe.skipIf(REDIS_SERVER === null)("with a real cluster", () => {
  let port = 0;
  let server: Awaited<ReturnType<typeof startRedis>>;
  const opened: { close(): Promise<void> }[] = [];
  const cluster = () => optionsFor(1, { cluster_nodes: [{ port }] });

  beforeAll(async () => {
    port = await freePort();
    server = await startRedis(port, ["--cluster-enabled", "yes"]);
    const node = openRedis(optionsFor(port));
    await node.send("", ["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    while (!String(await node.send("", ["CLUSTER", "INFO"])).includes("cluster_state:ok")) {
      await Bun.sleep(10);
    }
    await node.close();
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await server.stop();
  });

  describeStore("a cluster of Redis", {
    open(space, collection, now) {
      const store = createRedisStore(openRedis(cluster()), { space, collection, now });
      opened.push(store);
      return store;
    },
  });
});

describe.skipIf(REDIS_SERVER === null)("with real sentinels", () => {
  test("the master that they name is asked", async () => {
    const [port, sentinelPort] = [await freePort(), await freePort()];
    const server = await startRedis(port);
    const sentinel = await startSentinel(sentinelPort, port);
    const connection = openRedis(
      optionsFor(1, {
        sentinel_nodes: [{ host: "127.0.0.1", port: sentinelPort }],
        sentinel_master: "mine",
        sentinel_role: "master",
      }),
    );
    try {
      expect(String(await connection.send("", ["CONFIG", "GET", "port"]))).toBe(`port,${port}`);
    } finally {
      await connection.close();
      await sentinel.stop();
      await server.stop();
    }
  });
});

describe.skipIf(REDIS_SERVER === null)("a Redis that fails", () => {
  const storeAt = (port: number, reported: string[], more: object = {}) =>
    openVectorStore(
      vectordbSchema.parse({
        strategy: "redis",
        dimensions: 4,
        distance_metric: "cosine",
        redis: { port, ...more },
      }),
      { collection: "c", now: Date.now, report: (change) => reported.push(change) },
    );
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => "answered",
      (error: Error) => error.name,
    );

  test("paused, it costs a call little more than 100 ms, five times; then nothing; then it is asked again", async () => {
    const port = await freePort();
    const server = await startRedis(port);
    const reported: string[] = [];
    const store = storeAt(port, reported);
    try {
      await store.put({ key: "a", partition: "p", vector: VECTOR, value: "", storedAtMs: 0 });
      server.pause();
      for (let i = 0; i < 5; i++) {
        const begin = performance.now();
        expect(await outcome(store.nearest(search))).toBe("Error");
        expect(performance.now() - begin).toBeLessThan(1000);
      }
      const begin = performance.now();
      for (let i = 0; i < 100; i++) {
        expect(await outcome(store.get("a"))).toBe("OpenBreakerError");
      }
      expect((performance.now() - begin) / 100).toBeLessThan(5);
      server.resume();
      while ((await outcome(store.get("a"))) !== "answered") await Bun.sleep(20);
      expect(await store.nearest(search)).toHaveLength(1);
      expect(reported).toEqual([
        `Redis at 127.0.0.1:${port} is not asked for now: no answer within 100 ms`,
        `Redis at 127.0.0.1:${port} answers again`,
      ]);
    } finally {
      await store.close();
      await server.stop();
    }
  });

  test("killed under load and started again, it is used again, and no answer is another's", async () => {
    const port = await freePort();
    let server = await startRedis(port);
    const store = storeAt(port, []);
    const put = (key: string) =>
      store.put({ key, partition: "p", value: `value of ${key}`, storedAtMs: 0 });
    const keys = Array.from({ length: 50 }, (_, i) => `${i}`);
    const wrong: string[] = [];
    const askAll = () =>
      Promise.all(
        keys.map(async (key) => {
          const entry = await store.get(key).catch(() => undefined);
          if (entry && entry.value !== `value of ${key}`) wrong.push(`${key}: ${entry.value}`);
          return entry;
        }),
      );
    try {
      await Promise.all(keys.map(put));
      const asked = askAll();
      await server.stop();
      await asked;
      await askAll();
      server = await startRedis(port);
      while ((await outcome(put("0"))) !== "answered") await Bun.sleep(20);
      await Promise.all(keys.map(put));
      expect((await askAll()).filter((entry) => entry !== undefined)).toHaveLength(keys.length);
      expect(wrong).toEqual([]);
    } finally {
      await store.close();
      await server.stop();
    }
  });

  test("flapping, it gives each call an answer of its own or a refusal, and a line for each change", async () => {
    const port = await freePort();
    const server = await startRedis(port);
    const reported: string[] = [];
    const store = storeAt(port, reported);
    const keys = Array.from({ length: 20 }, (_, i) => `${i}`);
    const wrong: string[] = [];
    const askAll = () =>
      Promise.all(
        keys.map(async (key) => {
          const entry = await store.get(key).catch(() => undefined);
          if (entry && entry.value !== key) wrong.push(`${key}: ${entry.value}`);
        }),
      );
    try {
      for (const key of keys) await store.put({ key, partition: "p", value: key, storedAtMs: 0 });
      for (let round = 0; round < 2; round++) {
        server.pause();
        while ((await outcome(store.get("0"))) !== "OpenBreakerError") await askAll();
        server.resume();
        while ((await outcome(store.get("0"))) !== "answered") await Bun.sleep(20);
        await askAll();
      }
      expect(wrong).toEqual([]);
      expect(reported.map((line) => /is not asked|answers again/.exec(line)?.[0])).toEqual([
        ...["is not asked", "answers again", "is not asked", "answers again"],
      ]);
    } finally {
      await store.close();
      await server.stop();
    }
  });

  test("not there at the start, it is reported once and used once it is there", async () => {
    const port = await freePort();
    const reported: string[] = [];
    const store = storeAt(port, reported);
    while ((await outcome(store.get("a"))) !== "OpenBreakerError");
    const server = await startRedis(port);
    try {
      while ((await outcome(store.get("a"))) !== "answered") await Bun.sleep(20);
      expect(reported).toHaveLength(2);
    } finally {
      await store.close();
      await server.stop();
    }
  });

  test("a connection whose command was not answered in time is not used again", async () => {
    const port = await freePort();
    const server = await startRedis(port);
    const connection = openRedis(optionsFor(port, { send_timeout: 20, read_timeout: 30 }));
    try {
      await connection.send("a", ["SET", "a", "of a"]);
      const id = await connection.send("", ["CLIENT", "ID"]);
      server.pause();
      expect(connection.send("a", ["GET", "a"])).rejects.toThrow("did not answer within 50 ms");
      await outcome(connection.send("a", ["GET", "a"]));
      server.resume();
      expect(String(await connection.send("b", ["GET", "b"]))).toBe("null");
      expect(await connection.send("", ["CLIENT", "ID"])).not.toBe(id);
    } finally {
      await connection.close();
      await server.stop();
    }
  });

  test("an ACL user, a database and what the server refuses", async () => {
    const port = await freePort();
    const acl = ["--user", "gate", "on", ">right", "~*", "+@all", "--user", "default", "off"];
    const server = await startRedis(port, acl);
    const as = (password: string) =>
      openRedis(optionsFor(port, { username: "gate", password, database: 3 }));
    const [right, wrong] = [as("right"), as("wrong")];
    try {
      expect(String(await right.send("", ["ACL", "WHOAMI"]))).toBe("gate");
      expect(String(await right.send("", ["CLIENT", "INFO"]))).toContain(" db=3 ");
      expect(wrong.send("", ["PING"])).rejects.toThrow("WRONGPASS");
      expect(right.send("", ["NONSENSE"])).rejects.toThrow("unknown command");
      expect(String(await right.send("", ["PING"]))).toBe("PONG");
    } finally {
      await Promise.all([right.close(), wrong.close()]);
      await server.stop();
    }
  });

  test("TLS, and a certificate that nobody vouches for", async () => {
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), "dragoman-tls-"));
    const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
    await Promise.all([writeFile(cert, SELF_SIGNED.cert), writeFile(key, SELF_SIGNED.key)]);
    const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert];
    const server = await startRedis(0, [
      ...["--tls-port", `${port}`, "--tls-auth-clients", "no", ...files],
    ]);
    const connections = [false, true].map((ssl_verify) =>
      openRedis(optionsFor(port, { ssl: true, ssl_verify, server_name: "localhost" })),
    );
    try {
      const [unchecked, checked] = connections;
      expect(String(await unchecked?.send("", ["PING"]))).toBe("PONG");
      expect(checked?.send("", ["PING"])).rejects.toThrow("self signed certificate");
    } finally {
      await Promise.all(connections.map((one) => one.close()));
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
