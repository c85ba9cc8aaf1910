import type { LoadResult, Problem } from "../../config/config.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import type { Origin } from "../source.ts";
import { type ConfigPiece, configAssembly } from "./config-pieces.ts";

/**
 * Reads and validates a configuration in a thread of its own and takes it over in small pieces, between
 * which everything else goes on. Rejects with why it cannot be read, and with the signal's reason.
 */
export async function readInThread(origin: Origin, signal: AbortSignal): Promise<LoadResult> {
  signal.throwIfAborted();
  const thread = new Worker(new URL("reading-thread.ts", import.meta.url).href);
  const tell = (message: ToReader) => thread.postMessage(message);
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const assembly = configAssembly(PLUGINS);
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  thread.onerror = ({ message }) => reject(new Error(message));
  thread.addEventListener("close", () => reject(new Error("the thread that reads it has ended")));
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
  tell({ type: "read", origin });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    thread.terminate();
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
