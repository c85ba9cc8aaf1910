import type { LoadResult } from "../../config/config.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import type { Origin } from "../read-config.ts";
import { configAssembly } from "./config-pieces.ts";
import type { FromReader, ToReader } from "./messages.ts";

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
