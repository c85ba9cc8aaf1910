import type { JsonObject } from "../../chat/json.ts";
import type { AssistantPart, Message } from "../../chat/message.ts";
import type { ChatRequest, ReasoningRequest } from "../../chat/request.ts";
import type { NoticeList } from "../notice-list.ts";

/** What holds of Claude's thinking wherever it is served. */

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
export const MIN_BUDGET_TOKENS = 1024;

const BUDGETS = {
  minimal: MIN_BUDGET_TOKENS,
  low: MIN_BUDGET_TOKENS,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
} as const satisfies Record<Exclude<NonNullable<ReasoningRequest["effort"]>, "none">, number>;

/** Tokens to think for, for models that take a number: the client's own, or what its effort stands for. */
export function wantedBudgetTokens(
  { effort, budgetTokens, adaptive }: ReasoningRequest,
  notices: NoticeList,
): number {
  if (budgetTokens !== undefined) return budgetTokens;
  if (effort === "xhigh" || effort === "max") {
    notices.approximated("reasoning_effort", "This model's greatest effort is high.");
  }
  if (effort !== undefined && effort !== "none") return BUDGETS[effort];
  if (adaptive) {
    notices.approximated("reasoning.adaptive", "This model takes a budget; it is medium.");
  }
  return BUDGETS.medium;
}

/** It is also what Anthropic says: "Thinking may not be enabled when tool_choice forces tool use." */
export const FORCED = "This model does not think when it is made to call a tool.";

/** Why the API would refuse to think with this conversation. `forced`: a tool must be called. */
export function obstacleToThinking(chat: ChatRequest, forced: boolean): string | undefined {
  if (forced) return FORCED;
  if (continuesUnsigned(chat.messages)) {
    return "The turn to go on with came without its signed reasoning; thinking goes on only with it.";
  }
  return undefined;
}

/**
 * Whether the model would go on with a turn of its own, after the results of its calls or after a
 * prefill, that does not start with signed reasoning. Blank text and unsigned reasoning are not
 * written, and turns of the system stand apart.
 */
function continuesUnsigned(messages: readonly Message[]): boolean {
  const turns = messages
    .filter(({ role }) => role !== "system")
    .filter(isSaid)
    .map((message) => ({ role: message.role, parts: writtenParts(message) }));
  const last = turns.findLastIndex(({ role }) => role === "assistant");
  if (last < 0) return false;
  const after = turns.slice(last + 1);
  // Words of the user after a result are written in the result's own turn.
  if (after.length > 0 && !after.some(({ role }) => role === "tool")) return false;
  const before = turns.slice(0, last).findLastIndex(({ role }) => role !== "assistant");
  return turns[before + 1]?.parts[0]?.type !== "reasoning";
}

/** Whether a message comes to more than nothing where Claude is served. */
export function isSaid(message: Message): boolean {
  return message.role === "tool" || writtenParts(message).length > 0;
}

function writtenParts({ role, content }: Message): readonly AssistantPart[] {
  return content.filter((part) => isWritten(part, role));
}

function isWritten(part: AssistantPart, role: Message["role"]): boolean {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text.trim() !== "";
    case "reasoning":
      return (part.signature ?? part.redacted ?? "") !== "";
    case "file":
      return role !== "assistant";
    case "tool-call":
      return true;
  }
}

/** Whether the thinking is to be seen, where the client said so. */
export function thinkingDisplay({ includeText }: ReasoningRequest): JsonObject {
  if (includeText === undefined) return {};
  return { display: includeText ? "summarized" : "omitted" };
}
