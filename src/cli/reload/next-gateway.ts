import { type Gateway, gatewaySteps } from "../../app.ts";
import type { LoadResult, Problem } from "../../config/config.ts";
import type { ProcessState } from "../../gateway/call/process-state.ts";
import { usableConfig } from "../check.ts";
import type { OriginText } from "../source.ts";
import { inSlices } from "./config-pieces.ts";
import type { ConfigReader } from "./read-in-thread.ts";

/** A configuration that is not read by then will never be. */
export const READING_TIMEOUT_MS = 120_000;

/** Why a configuration is not in force. */
export interface Refusal {
  /** Goes on after its name: `has problems`. */
  readonly refused: string;
  readonly problems: readonly Problem[];
}

/**
 * The next generation, read in a thread and built in slices, so that no call waits for either; or why there is
 * none. What is wrong with a configuration is told to whoever runs the gateway too.
 */
export async function nextGateway(
  origin: OriginText,
  reader: ConfigReader,
  processState: ProcessState,
  signal: AbortSignal,
): Promise<{ readonly gateway: Gateway } | Refusal> {
  const patience = AbortSignal.timeout(READING_TIMEOUT_MS);
  try {
    const result = await reader.read(origin, AbortSignal.any([signal, patience]));
    const config = usableConfig(result, processState.operatorLog);
    if (!config) return { refused: "has problems", problems: problemsOf(result) };
    return { gateway: await inSlices(gatewaySteps(config, processState), signal) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { refused: `is not usable: ${why}`, problems: [] };
  }
}

function problemsOf(result: LoadResult): readonly Problem[] {
  return "problems" in result ? result.problems : result.config.warnings;
}
