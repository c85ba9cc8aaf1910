import { type Gateway, gatewaySteps } from "../../app.ts";
import { tell } from "../../gateway/call/operator-log.ts";
import type { Source } from "../source.ts";
import { usableConfig } from "../tell-problems.ts";
import { inSlices } from "./in-slices.ts";
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
