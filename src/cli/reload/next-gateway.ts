import { type Gateway, gatewaySteps } from "../../app.ts";
import { tell } from "../../gateway/call/operator-log.ts";
import { usableConfig } from "../check.ts";
import type { Source } from "../source.ts";
import { inSlices } from "./config-pieces.ts";
import { readInThread } from "./read-in-thread.ts";

/** A configuration that is not read by then will never be. */
const READING_TIMEOUT_MS = 120_000;

/**
 * The next generation, read in a thread and built in slices, so that no call waits for either. Where there is
 * none it is told why: whatever goes wrong, calls are served by the one in force.
 */
export async function nextGateway(
  source: Source,
  signal: AbortSignal,
): Promise<Gateway | undefined> {
  const patience = AbortSignal.timeout(READING_TIMEOUT_MS);
  try {
    const result = await readInThread(source.origin, AbortSignal.any([signal, patience]));
    const config = usableConfig(result);
    if (config) return await inSlices(gatewaySteps(config), signal);
    refused(source, "has problems");
  } catch (error) {
    if (signal.aborted) return undefined;
    refused(source, `is not usable: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

function refused({ name }: Source, why: string): void {
  const sentence = `${name} ${why}; it was not loaded, and the one in force stays`;
  tell({ level: "error", event: "config_refused", sentence });
}

/** Work that is asked for again while it goes on is done once more afterwards, however often it was asked for. */
export function oneAtATime(work: (signal: AbortSignal) => Promise<void>) {
  const stopping = new AbortController();
  let isWanted = false;
  let running: Promise<void> | undefined;
  async function run(): Promise<void> {
    while (isWanted && !stopping.signal.aborted) {
      isWanted = false;
      await work(stopping.signal);
    }
    running = undefined;
  }
  return {
    ask(): void {
      isWanted = true;
      running ??= run();
    },
    /** Ends what goes on; resolves once it has ended. */
    async stop(): Promise<void> {
      stopping.abort(new Error("the gateway is shutting down"));
      await running;
    },
  };
}
