import type { Call } from "../../gateway/call/call.ts";
import type { Client } from "../../gateway/call/client.ts";
import { askModel } from "../../gateway/proxy/ask-model.ts";
import { compileTarget } from "../../providers/target.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import { openRecord } from "../../telemetry/call-record.ts";

/** Two answers to one question. */
export interface Compared {
  readonly question: string;
  readonly kept: string;
  readonly given: string;
}

/** Whether a model finds that both say the same. Rejects where it cannot be asked. */
export type Judge = (compared: Compared, call: Call) => Promise<boolean>;

const TASK =
  "You compare two answers to one question. Answer with the single word yes where whoever got the first answer was told the same, in all that matters, as by the second. Answer with the single word no otherwise, and where you are not sure.";

const TIMEOUT_MS = 60_000;

/** The call is over by then, so that nobody's leaving ends the question. */
const NOBODY: Client = {
  hasLeft: () => false,
  whenLeft: () => {},
  signal: () => new AbortController().signal,
};

/** Asks for a verdict once a call is answered; what that costs is counted by itself. */
export function judgeOf(config: TargetConfig, pluginId: string): Judge {
  const target = compileTarget(config);
  return async ({ question, kept, given }, call) => {
    const content = JSON.stringify({ question, first_answer: kept, second_answer: given });
    const messages = [
      { role: "system", content: TASK },
      { role: "user", content },
    ] as const;
    const { requestId, clientIp, request } = call.record;
    const record = openRecord({
      requestId,
      clientIp,
      request,
      startedAtMs: performance.now(),
      startedAtEpochMs: Date.now(),
    });
    try {
      const asked = { target, pluginId, messages, timeoutMs: TIMEOUT_MS };
      const verdict = await askModel(asked, { ...call, client: NOBODY }, record);
      return /^\W*yes\b/i.test(verdict);
    } finally {
      call.processState.metrics.recordAi(record, "");
    }
  };
}
