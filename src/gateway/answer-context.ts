import type { AnswerContext } from "../formats/wire-format.ts";
import type { Call } from "./call.ts";

/** What the gateway itself knows of a call's answer. */
export function answerContext({ id, record }: Call, includeUsage: boolean): AnswerContext {
  return {
    model: record.ai?.requestModel ?? "",
    requestId: id,
    created: Math.floor(record.startedAtEpochMs / 1000),
    includeUsage,
  };
}
