import type { Client } from "../gateway/call/client.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import { type CallRecord, closeRecord } from "../telemetry/call-record.ts";
import type { KongHeaders } from "./kong-headers.ts";

/** What a listener has to do with the end of a call. */
export interface Finish {
  readonly processState: ProcessState;
  /** Whether the connection is to end with this answer. */
  closesConnection(): boolean;
  /** Milliseconds that a client may leave bytes of its answer untaken. */
  readonly clientStallMs: number;
  /** Which headers of the gateway's own the answer gets. */
  readonly kongHeaders: KongHeaders;
  /** Ends the connection of a client that takes nothing. */
  cut(): void;
  readonly client: Client;
  /** The runtime says that the client has left. */
  clientLeft(): void;
  /** Called once, when the last byte was handed over or nobody waits for it any more. */
  done(record: CallRecord): void;
}

export function endRecord(record: CallRecord, finish: Finish): void {
  const clientAborted = record.error?.code === "client_aborted" || finish.client.hasLeft();
  if (closeRecord(record, { endedAtMs: performance.now(), clientAborted })) finish.done(record);
}
