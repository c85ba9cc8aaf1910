import { type Gateway, gatewaySteps } from "../../app.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import type { ProcessState } from "../../gateway/call/process-state.ts";
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
  processState: ProcessState,
  signal: AbortSignal,
): Promise<Gateway | undefined> {
  const { operatorLog } = processState;
  const patience = AbortSignal.timeout(READING_TIMEOUT_MS);
  try {
    const result = await readInThread(source.origin, AbortSignal.any([signal, patience]));
    const config = usableConfig(result, operatorLog);
    if (config) return await inSlices(gatewaySteps(config, processState), signal);
    refused(source, "has problems", operatorLog);
  } catch (error) {
    if (signal.aborted) return undefined;
    const why = error instanceof Error ? error.message : String(error);
    refused(source, `is not usable: ${why}`, operatorLog);
  }
  return undefined;
}

function refused({ name }: Source, why: string, operatorLog: OperatorLog): void {
  const sentence = `${name} ${why}; it was not loaded, and the one in force stays`;
  operatorLog.tell({ level: "error", event: "config_refused", sentence });
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
