import type { SQL } from "bun";
import { ofCosine, ofEuclidean } from "./distance.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { checkLength, type KeptEntry, type VectorSpace, type VectorStore } from "./vector-store.ts";

/** Any number that all gateways agree on: who creates the table holds it. */
const CREATING = 4_829_117_623;
/** Of what has expired, how much goes at each writing: more than comes. */
const SWEPT = 8;

export interface PgvectorStoreOptions {
  readonly space: VectorSpace;
  readonly collection: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Row {
  readonly id: Buffer;
  readonly partition: Buffer;
  readonly value: Buffer;
  /** The driver gives long integers as text. */
  readonly stored_at: string;
  readonly expires_at: string | null;
}

/**
 * Vectors in Postgres with pgvector: one table for each length of vectors, made when it is first needed. A search
 * compares all of a partition: an index of neighbours knows nothing of partitions and may find none of the right one.
 */
export function createPgvectorStore(
  postgres: PostgresConnection,
  { space, collection, now }: PgvectorStoreOptions,
): VectorStore {
  const { dimensions, metric } = space;
  const table = `dragoman_vectors_${dimensions}`;
  const namespace = bytes(`${metric}:${collection}`);
  let creation: Promise<void> | undefined;

  function ask<T>(work: (sql: SQL) => Promise<T>): Promise<T> {
    return postgres.run(async (sql) => {
      creation ??= create(sql, dimensions);
      try {
        await creation;
      } catch (error) {
        creation = undefined;
        throw error;
      }
      return work(sql);
    });
  }

  return {
    async put({ key, partition, vector, value, storedAtMs, expiresAtMs }) {
      if (vector) checkLength(vector, space);
      const id = bytes(key);
      await ask(async (sql) => {
        await sql`
          with swept as (
            delete from ${sql(table)} where (namespace, id) in (
              select namespace, id from ${sql(table)}
              where expires_at <= ${now()} and not (namespace = ${namespace} and id = ${id})
              limit ${SWEPT} for update skip locked
            )
          )
          insert into ${sql(table)} (namespace, id, partition, embedding, value, stored_at, expires_at)
          values (
            ${namespace}, ${id}, ${bytes(partition)}, ${vector ? literal(vector) : null}::vector,
            ${bytes(value)}, ${storedAtMs}, ${expiresAtMs ?? null}
          )
          on conflict (namespace, id) do update set
            partition = excluded.partition, embedding = excluded.embedding, value = excluded.value,
            stored_at = excluded.stored_at, expires_at = excluded.expires_at`;
      });
    },

    async get(key) {
      const rows = await ask<Row[]>(
        (sql) => sql`
          select id, partition, value, stored_at, expires_at from ${sql(table)}
          where namespace = ${namespace} and id = ${bytes(key)}
            and (expires_at is null or expires_at > ${now()})`,
      );
      return rows.map(entryIn)[0];
    },

    async nearest({ partition, vector, limit, threshold }) {
      checkLength(vector, space);
      const asked = literal(vector);
      const rows = await ask<(Row & { readonly distance: number })[]>((sql) => {
        const operator = sql.unsafe(metric === "cosine" ? "<=>" : "<->");
        return sql`
          select id, partition, value, stored_at, expires_at,
            embedding ${operator} ${asked}::vector as distance
          from ${sql(table)}
          where namespace = ${namespace} and partition = ${bytes(partition)}
            and embedding is not null and (expires_at is null or expires_at > ${now()})
          order by distance limit ${limit}`;
      });
      return rows
        .map((row) => ({ ...entryIn(row), distance: measured(row.distance, metric) }))
        .filter(({ distance }) => distance <= threshold);
    },

    async remove(key) {
      const rows = await ask<Pick<Row, "expires_at">[]>(
        (sql) => sql`
          delete from ${sql(table)} where namespace = ${namespace} and id = ${bytes(key)}
          returning expires_at`,
      );
      return rows.some(({ expires_at }) => expires_at === null || Number(expires_at) > now());
    },

    async removeAll() {
      await ask(async (sql) => {
        await sql`delete from ${sql(table)} where namespace = ${namespace}`;
      });
    },

    close: () => postgres.close(),
  };
}

/** However many gateways begin at once, each finds it made. */
async function create(sql: SQL, dimensions: number): Promise<void> {
  const table = `dragoman_vectors_${dimensions}`;
  await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${CREATING})`;
    await transaction.unsafe(`
      create extension if not exists vector;
      create table if not exists ${table} (
        namespace bytea not null,
        id bytea not null,
        partition bytea not null,
        embedding vector(${dimensions}),
        value bytea not null,
        stored_at bigint not null,
        expires_at bigint,
        primary key (namespace, id)
      );
      create index if not exists ${table}_partition on ${table} (namespace, partition);
      create index if not exists ${table}_expires on ${table} (expires_at);
    `);
  });
}

/** A direction that is none is at distance 1 of any, as everywhere; pgvector says that it is no number. */
function measured(distance: number, metric: VectorSpace["metric"]): number {
  if (metric === "euclidean") return ofEuclidean(distance);
  return Number.isNaN(distance) ? 1 : ofCosine(distance);
}

function entryIn({ id, partition, value, stored_at, expires_at }: Row): KeptEntry {
  const entry = {
    key: id.toString("utf8"),
    partition: partition.toString("utf8"),
    value: value.toString("utf8"),
    storedAtMs: Number(stored_at),
  };
  return expires_at === null ? entry : { ...entry, expiresAtMs: Number(expires_at) };
}

/** Bytes, for Postgres keeps no text with a zero in it. */
function bytes(text: string): Buffer {
  return Buffer.from(text, "utf8");
}

function literal(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}
