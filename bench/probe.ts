import { quantile } from "./report.ts";

/** Where to post what. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AddedLatency {
  readonly p50Micros: number;
  readonly p99Micros: number;
}

const answerTimeoutMs = 10_000;

/**
 * What a gateway adds when nothing else is going on: single requests with a pause between them,
 * in turns through the gateway and straight to the upstream, until the last byte.
 */
export async function probeAddedLatency(
  through: Request,
  direct: Request,
  requests: number,
): Promise<AddedLatency> {
  const viaGateway = await openConnection(through);
  const viaNothing = await openConnection(direct);
  const throughMicros: number[] = [];
  const directMicros: number[] = [];
  for (let sent = 0; sent < requests; sent += 1) {
    directMicros.push(await timeOnce(viaNothing));
    throughMicros.push(await timeOnce(viaGateway));
    await Bun.sleep(2);
  }
  viaGateway.close();
  viaNothing.close();
  return {
    p50Micros: quantile(throughMicros, 0.5) - quantile(directMicros, 0.5),
    p99Micros: quantile(throughMicros, 0.99) - quantile(directMicros, 0.99),
  };
}

async function timeOnce(connection: Connection): Promise<number> {
  const startedMs = performance.now();
  await connection.ask();
  return (performance.now() - startedMs) * 1000;
}

interface Connection {
  /** Resolves at the last byte of the answer. */
  ask(): Promise<void>;
  close(): void;
}

/**
 * A socket of the probe's own: `fetch` would take one from its pool that a server may have closed
 * while others had their turns.
 */
async function openConnection(request: Request): Promise<Connection> {
  const wire = requestBytes(request);
  let received = "";
  let waiting = Promise.withResolvers<void>();
  waiting.resolve();
  const fail = (message: string) => waiting.reject(new Error(`${request.url}: ${message}`));
  const { hostname, port } = new URL(request.url);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, bytes) => {
        received += bytes.toString("latin1");
        if (!isWholeAnswer(received)) return;
        if (received.startsWith("HTTP/1.1 200 ")) waiting.resolve();
        else fail(received.slice(0, received.indexOf("\r\n")));
      },
      close: () => fail("the connection was closed before a whole answer"),
      error: (_, error) => fail(error.message),
    },
  });
  socket.setNoDelay(true);
  return {
    ask: async () => {
      received = "";
      waiting = Promise.withResolvers();
      const clock = setTimeout(
        () => fail(`no whole answer within ${answerTimeoutMs} ms`),
        answerTimeoutMs,
      );
      socket.write(wire);
      await waiting.promise.finally(() => clearTimeout(clock));
    },
    close: () => {
      socket.end();
    },
  };
}

function requestBytes({ url, headers, body }: Request): Uint8Array {
  const { host, pathname } = new URL(url);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

function isWholeAnswer(received: string): boolean {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /^content-length: *(\d+)/im.exec(received.slice(0, end))?.[1];
  return length === undefined
    ? received.endsWith("\r\n0\r\n\r\n")
    : received.length >= end + 4 + Number(length);
}
