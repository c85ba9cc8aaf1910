import type { JsonObject } from "../chat/json.ts";
import type { Message } from "../chat/message.ts";
import type { ChatRequest, ReasoningRequest } from "../chat/request.ts";
import type { NoticeList } from "./notice-list.ts";

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

/** Why the API would refuse to think with this conversation. `forced`: a tool must be called. */
export function obstacleToThinking(chat: ChatRequest, forced: boolean): string | undefined {
  if (forced) return "This model does not think when it is made to call a tool.";
  if (continuesUnsigned(chat.messages)) {
    return "The turn that called the tools came without its signed reasoning; thinking goes on only with it.";
  }
  return undefined;
}

/** The conversation stands at tool results whose call lacks the reasoning that led to it. */
function continuesUnsigned(messages: readonly Message[]): boolean {
  if (messages.at(-1)?.role !== "tool") return false;
  const last = messages.findLast((message) => message.role === "assistant");
  if (last?.role !== "assistant") return false;
  const isSigned = last.content.some(
    (part) => part.type === "reasoning" && (part.signature ?? part.redacted ?? "") !== "",
  );
  return !isSigned && last.content.some((part) => part.type === "tool-call");
}

/** Whether the thinking is to be seen, where the client said so. */
export function thinkingDisplay({ includeText }: ReasoningRequest): JsonObject {
  if (includeText === undefined) return {};
  return { display: includeText ? "summarized" : "omitted" };
}
