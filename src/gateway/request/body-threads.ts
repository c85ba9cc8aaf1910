import { availableParallelism } from "node:os";
import { GatewayError } from "../../chat/error.ts";
import {
  type BodyTask,
  errorFrom,
  type FromBodyThread,
  type Outcomes,
  type ToBodyThread,
} from "./body-tasks.ts";

/** Does what is computed of large bodies, a bounded number of them at a time; the rest wait as bytes. */
export interface BodyThreads {
  /**
   * Takes the bytes: they are gone here, and part of the outcome where they are wanted back. Rejects
   * with what the task throws, and with `client_aborted` where nobody wants it any more at its turn.
   */
  run<Type extends BodyTask["type"]>(
    task: Extract<BodyTask, { type: Type }>,
    bytes: Uint8Array,
    isWanted: () => boolean,
  ): Promise<Outcomes[Type]>;
}

interface Job {
  readonly message: ToBodyThread;
  readonly isWanted: () => boolean;
  readonly done: PromiseWithResolvers<Outcomes[BodyTask["type"]]>;
}

/** After so long without work threads end, and what they hold of the last bodies goes with them. */
const IDLE_MS = 10_000;

/** One core is left for everything else; each thread may hold five times a body's bytes while it works. */
const MAX_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

/** For the whole process. Threads are started when there is work for them. */
export const bodyThreads: BodyThreads = startBodyThreads(
  MAX_THREADS,
  new URL("body-thread.ts", import.meta.url),
);

/** `program` is what the threads run. */
export function startBodyThreads(maxThreads: number, program: URL): BodyThreads {
  const waiting: Job[] = [];
  const idle: BodyThread[] = [];
  let busy = 0;
  let resting: Timer | undefined;

  function next(): void {
    while (waiting.length > 0 && busy < maxThreads) {
      const job = waiting.shift();
      if (job?.isWanted()) void work(job, rested() ?? startThread(program));
      else job?.done.reject(new GatewayError("client_aborted", "the client left"));
    }
    if (busy > 0 || idle.length === 0) return;
    resting = setTimeout(endIdle, IDLE_MS);
    resting.unref();
  }

  async function work({ message, done }: Job, thread: BodyThread): Promise<void> {
    clearTimeout(resting);
    busy += 1;
    try {
      const said = await thread.perform(message);
      idle.push(thread);
      settle(said, done);
    } catch (cause) {
      thread.end();
      done.reject(cause);
    }
    busy -= 1;
    next();
  }

  /** A thread may have broken while it had nothing to do. */
  function rested(): BodyThread | undefined {
    for (let thread = idle.pop(); thread; thread = idle.pop()) if (!thread.isBroken) return thread;
    return undefined;
  }

  function endIdle(): void {
    for (const thread of idle.splice(0)) thread.end();
  }

  return {
    run(task, bytes, isWanted) {
      const done: Job["done"] = Promise.withResolvers();
      waiting.push({ message: { task, bytes: owned(bytes) }, isWanted, done });
      next();
      // A thread gives the outcome of the task that it was given.
      return done.promise as Promise<never>;
    },
  };
}

function settle(said: FromBodyThread, done: Job["done"]): void {
  switch (said.type) {
    case "done":
      done.resolve(said.outcome);
      return;
    case "refused":
      done.reject(errorFrom(said.error));
      return;
    case "failed":
      done.reject(new Error(said.message));
      return;
  }
}

/** Bytes that can be given away: all of their buffer. */
function owned(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

interface BodyThread {
  readonly isBroken: boolean;
  /** One task at a time. Rejects when the thread has broken. */
  perform(message: ToBodyThread): Promise<FromBodyThread>;
  end(): void;
}

function startThread(program: URL): BodyThread {
  const worker = new Worker(program.href);
  worker.unref();
  let said = Promise.withResolvers<FromBodyThread>();
  let isBroken = false;
  const broke = (why: string) => {
    isBroken = true;
    said.reject(new Error(`the thread for bodies broke: ${why}`));
  };
  worker.onmessage = ({ data }: MessageEvent<FromBodyThread>) => said.resolve(data);
  worker.onerror = ({ message }) => broke(message);
  worker.addEventListener("close", () => broke("it has ended"));
  return {
    get isBroken() {
      return isBroken;
    },
    perform(message) {
      said = Promise.withResolvers();
      worker.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
      return said.promise;
    },
    end: () => worker.terminate(),
  };
}
