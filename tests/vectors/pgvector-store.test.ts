import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { vectordbSchema } from "../../src/plugins/vectordb-schema.ts";
import { openVectorStore } from "../../src/vectors/open-vector-store.ts";
import { createPgvectorStore } from "../../src/vectors/pgvector-store.ts";
import { openPostgres, type PostgresConnection } from "../../src/vectors/postgres-connection.ts";
import { startPostgres } from "./real-postgres.ts";
import { freePort } from "./real-redis.ts";
import { describeStore } from "./store-laws.ts";

const VECTOR = Float32Array.of(1, 0, 0, 0);
const COSINE = { dimensions: 4, metric: "cosine" } as const;

const optionsFor = (port: number, more: object = {}) =>
  vectordbSchema.parse({
    strategy: "pgvector",
    dimensions: 4,
    distance_metric: "cosine",
    pgvector: { port, database: "postgres", password: "any", ...more },
  });

describe("with a real Postgres and pgvector", () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let shared: PostgresConnection;
  beforeAll(async () => {
    server = await startPostgres();
    shared = openPostgres(optionsFor(server.port).pgvector);
  });
  afterAll(async () => {
    await shared.close();
    await server.stop();
  });

  const store = (postgres: PostgresConnection, collection: string, now = Date.now) =>
    createPgvectorStore(postgres, { space: COSINE, collection, now });

  test("a gateway that begins later finds the table, and what is in it", async () => {
    const entry = { key: "a", partition: "p", vector: VECTOR, value: "kept", storedAtMs: 0 };
    await store(shared, "c").put(entry);
    const later = openPostgres(optionsFor(server.port).pgvector);
    expect((await store(later, "c").get("a"))?.value).toBe("kept");
    await later.close();
  });

  test("what has expired leaves the table as others come", async () => {
    const swept = store(shared, "swept", () => 1000);
    await swept.put({ key: "a", partition: "p", value: "", storedAtMs: 0, expiresAtMs: 1000 });
    await swept.put({ key: "b", partition: "p", value: "", storedAtMs: 0 });
    const { rows } = await server.db.query(
      "select convert_from(id, 'utf8') as id from dragoman_vectors_4 where namespace = 'cosine:swept'",
    );
    expect(rows).toEqual([{ id: "b" }]);
  });

  describeStore("Postgres with pgvector", {
    open: (space, collection, now) => createPgvectorStore(shared, { space, collection, now }),
  });
});

test.each([
  [{ ssl: true, ssl_version: "tlsv1_3" }, "pgvector.ssl_version"],
  [{ ssl_required: true }, "pgvector.ssl_required needs ssl: true"],
  [{ ssl_cert: "a.pem" }, "ssl_cert and ssl_cert_key are required together"],
])("%j cannot be acted on, and is refused", (pgvector, message) => {
  const open = () => openVectorStore(optionsFor(1, pgvector), { collection: "c", now: Date.now });
  expect(open).toThrow(message);
});

test("a Postgres that is not there is refused at once after five calls, and reported once", async () => {
  const port = await freePort();
  const reported: string[] = [];
  const report = (change: string) => reported.push(change);
  const store = openVectorStore(optionsFor(port), { collection: "c", now: Date.now, report });
  const outcome = () =>
    store.get("a").then(
      () => "answered",
      (error: Error) => error.name,
    );
  for (let i = 0; i < 5; i++) expect(await outcome()).not.toBe("answered");
  expect(await outcome()).toBe("OpenBreakerError");
  expect(reported).toHaveLength(1);
  expect(reported[0]).toStartWith(`Postgres at 127.0.0.1:${port} is not asked for now: `);
  await store.close();
});
