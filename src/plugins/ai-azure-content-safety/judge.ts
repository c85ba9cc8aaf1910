import { GatewayError } from "../../chat/error.ts";
import type { Call } from "../../gateway/call/call.ts";
import { guardLog, type Side } from "./guard-log.ts";
import type { Breach, Inspect } from "./inspect.ts";
import type { ContentSafetyOptions } from "./options.ts";

/**
 * Gives the refusal of a text that may not pass. Throws a `GatewayError` where it was not looked at and
 * is not to pass unseen; undefined stands for one that nobody can read.
 */
export type Judge = (side: Side, text: string | undefined) => Promise<GatewayError | undefined>;

/** For the texts of one call; its record tells of them. */
export function judgeFor(call: Call, options: ContentSafetyOptions, inspect: Inspect): Judge {
  if (call.isRehearsal) return async () => undefined;
  const log = guardLog(call, options);

  function unseen(side: Side, why: string, refusal: GatewayError): undefined {
    log.unseen(side, why);
    if (options.stop_on_error) throw refusal;
  }

  return async (side, text) => {
    if (text === undefined) return unseen(side, UNREADABLE[side], unreadable(side));
    const startedAtMs = performance.now();
    let breaches: readonly Breach[];
    try {
      breaches = await inspect(text, call);
    } catch (cause) {
      if (!(cause instanceof GatewayError) || cause.code === "client_aborted") throw cause;
      return unseen(side, cause.message, introspectionFailed(cause));
    }
    const reason = breaches.map(words).join("; ");
    log.inspected(side, { startedAtMs, text, breaches, reason });
    if (breaches.length === 0) return undefined;
    const message = options.reveal_failure_reason ? `${FAILED[side]}: ${reason}` : FAILED[side];
    return new GatewayError("invalid_request", message, { cause: reason });
  };
}

/** The reference's words, whatever went wrong. */
function introspectionFailed(cause: Error): GatewayError {
  return new GatewayError("upstream_error", "content safety introspection failed", { cause });
}

/** The reference's words. */
const FAILED = {
  input: "request failed content safety check",
  output: "response failed content safety check",
} as const satisfies Record<Side, string>;

function words(breach: Breach): string {
  if ("blocklist" in breach) return `breached blocklist [${breach.blocklist}]`;
  return `breached category [${breach.category}] at level ${breach.level}`;
}

const UNREADABLE = {
  input: "it holds no text of a prompt that can be looked at",
  output: "it is no model's answer, and not read here",
} as const satisfies Record<Side, string>;

/** What cannot be looked at must not pass as something that says nothing. */
function unreadable(side: Side): GatewayError {
  if (side === "output") return introspectionFailed(new TypeError(UNREADABLE.output));
  return new GatewayError("invalid_request", `${FAILED.input}: ${UNREADABLE.input}`);
}
