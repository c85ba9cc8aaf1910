import type { GatewayError } from "../../chat/error.ts";
import type { ModelOptions } from "../../providers/provider.ts";
import type { CallRecord } from "../../telemetry/call-record.ts";
import type { Prompt } from "./prompt.ts";
import type { Reply } from "./reply.ts";

/** A target that is about to be asked. */
export interface AskedTarget {
  readonly provider: string;
  /** What the client asked for, before any alias; the target's own where it named none. */
  readonly requestedModel: string;
  readonly options: ModelOptions;
  readonly prompt: Prompt;
}

/** What the client is told, and what the record says of it, where the call goes no further. */
export interface Refusal {
  readonly reply: Reply;
  readonly error: GatewayError;
}

/**
 * Whether a target may be asked, by who limits what is used of it. Where it may not, another one is
 * asked; the refusal is for when none is left. Asked again for each target that is
 * tried: what was held for the one before is given back.
 */
export type Admit = (target: AskedTarget) => Refusal | undefined | Promise<Refusal | undefined>;

/** Both have to let a target pass. */
export function bothAdmit(outer: Admit | undefined, inner: Admit): Admit {
  if (!outer) return inner;
  return async (target) => (await outer(target)) ?? (await inner(target));
}

/** Ends a call with a refusal. */
export function refuse(record: CallRecord, { reply, error }: Refusal): Reply {
  record.error = error;
  record.source = "gateway";
  return reply;
}
