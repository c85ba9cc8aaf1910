import net from "node:net";
import {
  BadRequest,
  byteReader,
  encodeHead,
  type HttpRequest,
  readRequest,
  utf8,
} from "./request.ts";

/**
 * What an answer does to the connection, one act after another. Every byte on the wire is some
 * step's, so a test can cut, delay or break an answer at any byte.
 */
export type Step =
  | { do: "send"; bytes: Uint8Array }
  /** `ms: 0` is one turn of the event loop: the bytes before and after arrive in separate reads. */
  | { do: "wait"; ms: number }
  /** Nothing more is sent; the connection stays open until the client leaves. */
  | { do: "stall" }
  /** A TCP reset: the client sees ECONNRESET. */
  | { do: "reset" }
  /** An orderly close (FIN), whatever the framing promised. */
  | { do: "close" };

/** How an answer went: sent whole, or the client left first, or a step broke it on purpose. */
export type Outcome = "answered" | "client-left" | "reset" | "closed";

export interface Exchange {
  readonly request: HttpRequest;
  /** 1 for the first connection the server accepted. */
  readonly connection: number;
  readonly outcome: Promise<Outcome>;
}

export interface HttpServer {
  readonly port: number;
  readonly hostname: string;
  stop(): Promise<void>;
}

export interface HttpServerOptions {
  readonly port: number;
  readonly hostname: string;
  readonly answer: (exchange: Exchange) => Iterable<Step>;
}

/** Sends between two turns of the event loop, so that an endless answer starves nobody. */
const SENDS_PER_TURN = 64;

/** A small HTTP/1.1 server whose answers are bytes, not messages. */
export function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void serve(socket, connections, options.answer);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.hostname, () => {
      const address = server.address();
      if (address === null || typeof address === "string") {
        reject(new Error(`no port for ${options.hostname}`));
        return;
      }
      resolve({
        port: address.port,
        hostname: options.hostname,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

async function serve(
  socket: net.Socket,
  connection: number,
  answer: HttpServerOptions["answer"],
): Promise<void> {
  const reader = byteReader();
  const player = stepPlayer(socket);
  socket.on("data", (bytes: Buffer) => reader.push(bytes));
  socket.on("end", () => reader.end());
  socket.on("close", () => reader.end());
  // A client may reset at any time; the close that follows is what ends this connection.
  socket.on("error", () => reader.end());
  async function played(request: HttpRequest): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    let outcome: Outcome = "closed";
    try {
      outcome = await player(answer({ request, connection, outcome: promise }));
      return outcome;
    } finally {
      resolve(outcome);
    }
  }
  try {
    for (;;) {
      const request = await readRequest(reader, () => {
        socket.write(encodeHead(100, []));
      });
      if (!request) break;
      const outcome = await played(request);
      if (outcome !== "answered" || !request.keepAlive) break;
    }
    socket.end();
  } catch (error) {
    refuse(socket, error);
  }
}

function refuse(socket: net.Socket, error: unknown): void {
  const status = error instanceof BadRequest ? error.status : 500;
  const body = utf8(`${error instanceof Error ? error.message : String(error)}\n`);
  const head = encodeHead(status, [
    ["content-type", "text/plain"],
    ["content-length", String(body.length)],
    ["connection", "close"],
  ]);
  socket.write(head);
  socket.end(body);
}

function stepPlayer(socket: net.Socket): (steps: Iterable<Step>) => Promise<Outcome> {
  const left = new AbortController();
  const leave = () => left.abort();
  socket.once("end", leave);
  socket.once("close", leave);
  socket.once("error", leave);
  const gone = left.signal;

  return async (steps) => {
    let sends = 0;
    for (const step of steps) {
      if (gone.aborted) return "client-left";
      switch (step.do) {
        case "send":
          sends += 1;
          if (!socket.write(step.bytes)) await untilEvent(socket, "drain", gone);
          if (sends % SENDS_PER_TURN === 0) await pause(0, gone);
          break;
        case "wait":
          await pause(step.ms, gone);
          break;
        case "stall":
          await untilAborted(gone);
          return "client-left";
        case "reset":
          socket.resetAndDestroy();
          return "reset";
        case "close":
          socket.end();
          return "closed";
      }
    }
    return gone.aborted ? "client-left" : "answered";
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}

function untilEvent(socket: net.Socket, event: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off(event, done);
      gone.removeEventListener("abort", done);
      resolve();
    };
    socket.once(event, done);
    gone.addEventListener("abort", done, { once: true });
  });
}

function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (ms === 0) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      gone.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    gone.addEventListener("abort", done, { once: true });
  });
}
