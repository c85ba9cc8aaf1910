import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/** Postgres itself, compiled to WebAssembly, with pgvector, behind a socket. */
export async function startPostgres() {
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 100 });
  await server.start();
  const port = Number(server.getServerConn().split(":").at(-1));
  return {
    db,
    port,
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}
