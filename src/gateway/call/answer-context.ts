import type { AnswerContext } from "../../formats/wire-format.ts";
import type { Asking, Call } from "./call.ts";
import { knowsOldCallsOnly } from "./client-format.ts";
import type { Plan } from "./plan.ts";
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
  if (!prompt) return context;
  if (prompt.format.answersRepeatRequest) return { ...context, request: prompt.wire };
  return knowsOldCallsOnly(prompt) ? { ...context, oldFunctionCalls: true } : context;
}

/**
 * The version of the vendor's dialect that a client names whose own request goes there; a header that
 * came twice counts once. Undefined where it names none.
 */
export function clientVersion({ request }: Asking, { resolved }: Plan): string | undefined {
  const { versionHeader } = resolved.provider;
  if (versionHeader === undefined) return undefined;
  const [first] = (request.headers.get(versionHeader) ?? "").split(",");
  return first?.trim() || undefined;
}
