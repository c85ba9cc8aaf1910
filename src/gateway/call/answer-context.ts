import type { AnswerContext } from "../../formats/wire-format.ts";
import type { Call } from "./call.ts";
import { knowsOldCallsOnly } from "./client-format.ts";
import type { Prompt } from "./prompt.ts";

/** What the gateway itself knows of a call's answer. */
export function answerContext(
  { id, record }: Call,
  includeUsage: boolean,
  prompt?: Prompt,
): AnswerContext {
  const context = {
    model: record.ai?.requestModel ?? "",
    requestId: id,
    created: Math.floor(record.startedAtEpochMs / 1000),
    includeUsage,
  };
  return prompt && knowsOldCallsOnly(prompt) ? { ...context, oldFunctionCalls: true } : context;
}
