import { answering } from "./answering.ts";
import type { HeaderLine } from "./http/request.ts";
import { type Exchange, type Outcome, startHttpServer } from "./http/server.ts";

export interface LabOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly hostname?: string;
  /** Equal seeds give equal answers to equal requests. */
  readonly seed?: number;
  /** Accepted credentials; by default any and none are. */
  readonly keys?: readonly string[];
  /** How many requests are remembered. */
  readonly remember?: number;
  /** Milliseconds since 1970, for dates in headers. */
  readonly now?: () => number;
}

/** A request as it arrived, and how answering it went. */
export interface RecordedRequest {
  /** 1 for the first request of this lab. */
  readonly number: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly path: string;
  readonly headerLines: readonly HeaderLine[];
  readonly headers: Headers;
  /** The body as text. */
  readonly body: string;
  /** 1 for the first connection; equal numbers shared a connection. */
  readonly connection: number;
  /** Settles when the answer was sent whole, was broken on purpose, or the client left. */
  readonly outcome: Promise<Outcome>;
}

export interface Lab {
  readonly url: string;
  readonly port: number;
  /** The latest requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** The first request, past or to come, that fits; rejects when the lab stops. */
  waitForRequest(fits?: (request: RecordedRequest) => boolean): Promise<RecordedRequest>;
  /** Forgets the recorded requests and how often each model was called. */
  reset(): void;
  stop(): Promise<void>;
}

/** Bodies together, in UTF-16 code units: a lab may run for weeks. */
const REMEMBERED_LENGTH = 64 * 1_048_576;

interface Waiter {
  readonly fits: (request: RecordedRequest) => boolean;
  readonly resolve: (request: RecordedRequest) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a server that answers as model vendors do, without a model. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { port = 0, hostname = "127.0.0.1", remember = 1000 } = options;
  const requests: RecordedRequest[] = [];
  const waiters = new Set<Waiter>();
  let received = 0;
  let remembered = 0;

  function record({ request, connection, outcome }: Exchange): void {
    received += 1;
    const recorded: RecordedRequest = {
      number: received,
      method: request.method,
      target: request.target,
      path: request.path,
      headerLines: request.headerLines,
      headers: request.headers,
      body: Buffer.from(request.body).toString("utf8"),
      connection,
      outcome,
    };
    requests.push(recorded);
    remembered += recorded.body.length;
    while (requests.length > remember || (remembered > REMEMBERED_LENGTH && requests.length > 1)) {
      remembered -= requests.shift()?.body.length ?? 0;
    }
    for (const waiter of waiters) {
      if (!waiter.fits(recorded)) continue;
      waiters.delete(waiter);
      waiter.resolve(recorded);
    }
  }

  const answer = answering({
    seed: options.seed ?? 0,
    keys: options.keys && new Set(options.keys),
    now: options.now ?? Date.now,
  });
  const server = await startHttpServer({
    port,
    hostname,
    answer: (exchange) => {
      record(exchange);
      return answer.to(exchange.request);
    },
  });

  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`,
    port: server.port,
    requests,
    waitForRequest(fits = () => true) {
      const past = requests.find(fits);
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => waiters.add({ fits, resolve, reject }));
    },
    reset() {
      requests.length = 0;
      remembered = 0;
      answer.forget();
    },
    async stop() {
      for (const { reject } of waiters) reject(new Error("the lab stopped before such a request"));
      waiters.clear();
      await server.stop();
    },
  };
}
