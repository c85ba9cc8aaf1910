import { SQL } from "bun";
import type { PostgresOptions } from "./postgres-options.ts";

/** Of one gateway: a store asks for little at a time. */
const MOST_CONNECTIONS = 4;
const IDLE_SECONDS = 60;

/** Postgres as it is configured: connected to when first asked, and anew after a query that had no answer in time. */
export interface PostgresConnection {
  run<T>(work: (sql: SQL) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openPostgres(options: PostgresOptions): PostgresConnection {
  let current: SQL | undefined;

  function letGo(sql: SQL): Promise<void> {
    if (current === sql) current = undefined;
    return sql.close({ timeout: 0 });
  }

  return {
    async run(work) {
      current ??= connect(options);
      const sql = current;
      const { promise, reject } = Promise.withResolvers<never>();
      const late = () => {
        reject(new Error(`Postgres did not answer within ${options.timeout} ms`));
        // A server that hangs holds every connection of the pool.
        letGo(sql).catch(reject);
      };
      const timer = setTimeout(late, options.timeout);
      try {
        return await Promise.race([work(sql), promise]);
      } finally {
        clearTimeout(timer);
      }
    },

    async close() {
      if (current) await letGo(current);
    },
  };
}

function connect(options: PostgresOptions): SQL {
  const { host: hostname, port, database, user: username, password } = options;
  return new SQL({
    adapter: "postgres",
    ...{ hostname, port, database, username },
    ...(password && { password }),
    ...(options.ssl && { tls: tlsOptions(options) }),
    max: MOST_CONNECTIONS,
    idleTimeout: IDLE_SECONDS,
    connectionTimeout: Math.max(1, Math.ceil(options.timeout / 1000)),
    // A pooler before the server may give each query to another connection.
    prepare: false,
  });
}

function tlsOptions({ ssl_verify, ssl_cert, ssl_cert_key }: PostgresOptions) {
  return {
    rejectUnauthorized: ssl_verify,
    ...(ssl_cert && { cert: Bun.file(ssl_cert) }),
    ...(ssl_cert_key && { key: Bun.file(ssl_cert_key) }),
  };
}
