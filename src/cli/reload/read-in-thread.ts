import type { LoadResult, Problem } from "../../config/config.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import type { Origin } from "../source.ts";
import { type ConfigPiece, configAssembly } from "./config-pieces.ts";

/** A new thread takes a quarter of a second of a core to load its code; who changes one thing often changes another. */
const KEPT_MS = 30_000;

export interface ConfigReader {
  /**
   * Reads and validates a configuration in a thread of its own and takes it over in small pieces, between
   * which everything else goes on. Rejects with why it cannot be read, and with the signal's reason.
   */
  read(origin: Origin, signal: AbortSignal): Promise<LoadResult>;
  close(): void;
}

/** Its thread begins with the first read, and is kept for a while after the last one that went well. */
export function createConfigReader(): ConfigReader {
  let kept: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const take = (): Worker => {
    const thread = kept ?? new Worker(new URL("reading-thread.ts", import.meta.url).href);
    clearTimeout(timer);
    kept = undefined;
    return thread;
  };
  const close = () => {
    clearTimeout(timer);
    kept?.terminate();
    kept = undefined;
  };
  return {
    async read(origin, signal) {
      signal.throwIfAborted();
      const thread = take();
      try {
        const result = await readIn(thread, origin, signal);
        close();
        kept = thread;
        thread.unref();
        timer = setTimeout(close, KEPT_MS);
        timer.unref();
        return result;
      } catch (error) {
        thread.terminate();
        throw error;
      }
    },
    close,
  };
}

async function readIn(thread: Worker, origin: Origin, signal: AbortSignal): Promise<LoadResult> {
  const tell = (message: ToReader) => thread.postMessage(message);
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const assembly = configAssembly(PLUGINS);
  const stop = () => reject(signal.reason);
  const end = () => reject(new Error("the thread that reads it has ended"));
  signal.addEventListener("abort", stop, { once: true });
  thread.onerror = ({ message }) => reject(new Error(message));
  thread.addEventListener("close", end);
  thread.onmessage = ({ data }: MessageEvent<FromReader>) => {
    switch (data.type) {
      case "piece":
        assembly.add(data.piece);
        setImmediate(tell, { type: "more" });
        return;
      case "whole":
        return resolve({ config: assembly.config(data.problems) });
      case "refused":
        return resolve({ problems: data.problems });
      case "failed":
        return reject(new Error(data.reason));
    }
  };
  thread.ref();
  tell({ type: "read", origin });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    thread.removeEventListener("close", end);
  }
}

/** To the thread that reads a configuration: what to read, and that there is room for another piece. */
export type ToReader =
  | { readonly type: "read"; readonly origin: Origin }
  | { readonly type: "more" };

/** From it: a configuration piece by piece, or why there is none. */
export type FromReader =
  | { readonly type: "piece"; readonly piece: ConfigPiece }
  | { readonly type: "whole"; readonly problems: readonly Problem[] }
  | { readonly type: "refused"; readonly problems: readonly Problem[] }
  | { readonly type: "failed"; readonly reason: string };
