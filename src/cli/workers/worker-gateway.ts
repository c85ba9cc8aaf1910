import { type Gateway, gatewaySteps } from "../../app.ts";
import { inSlices } from "../reload/config-pieces.ts";
import { READING_TIMEOUT_MS } from "../reload/next-gateway.ts";
import { createConfigReader } from "../reload/read-in-thread.ts";
import type { OriginText } from "../source.ts";

/** The configuration that a worker serves, and the one that may take its place. */
export function workerGateway(first: Gateway) {
  const { processState } = first;
  const reader = createConfigReader();
  const retired = new Set<Promise<void>>();
  let current = first;
  let next: Gateway | undefined;
  let preparing = new AbortController();

  async function discard(): Promise<void> {
    preparing.abort(new Error("another configuration is wanted"));
    const given = next;
    next = undefined;
    await given?.close();
  }

  return {
    current: () => current,
    /** Builds it beside the one in force; resolves with why it cannot be used, or undefined. */
    async prepare(config: OriginText): Promise<string | undefined> {
      await discard();
      preparing = new AbortController();
      const { signal } = preparing;
      const patience = AbortSignal.any([signal, AbortSignal.timeout(READING_TIMEOUT_MS)]);
      try {
        const result = await reader.read(config, patience);
        if (!("config" in result)) return "has problems";
        const built = await inSlices(gatewaySteps(result.config, processState), patience);
        if (signal.aborted) await built.close();
        else next = built;
        return undefined;
      } catch (error) {
        return `is not usable: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    /** What was prepared serves the calls that come from now on. */
    commit(): void {
      if (!next) return;
      const closing = current.retire().finally(() => retired.delete(closing));
      retired.add(closing);
      current = next;
      next = undefined;
    },
    discard,
    async close(): Promise<void> {
      await discard();
      reader.close();
      await Promise.all([...retired, current.close()]);
    },
  };
}
