import type { JsonObject } from "../../chat/json.ts";
import type { Message } from "../../chat/message.ts";
import type { ChatRequest, ReasoningRequest } from "../../chat/request.ts";
import type { ClaudeTraits } from "../claude-models.ts";
import type { NoticeList } from "../notice-list.ts";
import { converseEffort, type Effort, fieldOf, type Reasoning } from "./reasoning-words.ts";

/** https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html */
const LEAST_BUDGET = 1024;

const BUDGETS = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
} as const satisfies Record<Exclude<Effort, "none">, number>;

/** `thinking`, within `additionalModelRequestFields`. */
export function leastThinking(traits: ClaudeTraits, notices: NoticeList): Reasoning {
  if (traits.thinking === "none") return { fields: {}, thinks: false };
  if (traits.thinkingFloor === "disabled") {
    return { fields: { thinking: { type: "disabled" } }, thinks: false };
  }
  notices.approximated(
    "reasoning_effort",
    "The model always thinks; the least that can be asked for is asked for.",
  );
  return traits.thinkingFloor === "between_tools"
    ? { fields: { thinking: { type: "between_tools" } }, thinks: true }
    : { fields: {}, effort: "low", thinks: true };
}

export function adaptiveThinking(reasoning: ReasoningRequest, notices: NoticeList): Reasoning {
  const effort = converseEffort(reasoning, notices);
  const thinking = { type: "adaptive", ...displayOf(reasoning) };
  return { fields: { thinking }, thinks: true, ...(effort !== undefined && { effort }) };
}

function displayOf({ includeText }: ReasoningRequest): JsonObject {
  if (includeText === undefined) return {};
  return { display: includeText ? "summarized" : "omitted" };
}

/** `forced`: the model is made to call a tool. Undefined, with a notice, where it could not think. */
export function budgetThinking(
  chat: ChatRequest,
  reasoning: ReasoningRequest,
  forced: boolean,
  notices: NoticeList,
): Reasoning | undefined {
  const field = fieldOf(reasoning);
  const obstacle = obstacleTo(chat, forced);
  if (obstacle !== undefined) {
    notices.dropped(field, obstacle);
    return undefined;
  }
  const wanted = wantedBudget(reasoning, notices);
  const room = (chat.maxTokens ?? Number.POSITIVE_INFINITY) - 1;
  if (room < LEAST_BUDGET) {
    notices.dropped(field, `max_tokens leaves less than ${LEAST_BUDGET} tokens to think.`);
    return undefined;
  }
  const budget = Math.max(LEAST_BUDGET, Math.min(wanted, room));
  if (budget !== wanted) {
    const reason = `The budget is ${budget} tokens: at least ${LEAST_BUDGET}, fewer than max_tokens.`;
    notices.approximated(field, reason);
  }
  const thinking = { type: "enabled", budget_tokens: budget, ...displayOf(reasoning) };
  return { fields: { thinking }, thinks: true };
}

function wantedBudget(reasoning: ReasoningRequest, notices: NoticeList): number {
  const { effort, budgetTokens, adaptive } = reasoning;
  if (budgetTokens !== undefined) return budgetTokens;
  if (effort === "xhigh" || effort === "max") {
    notices.approximated("reasoning_effort", "The model's greatest effort is high.");
  }
  if (effort !== undefined && effort !== "none") return BUDGETS[effort];
  if (adaptive) {
    notices.approximated("reasoning.adaptive", "The model takes a budget; it is medium.");
  }
  return BUDGETS.medium;
}

/** Why Bedrock would refuse to let the model think with this conversation. */
function obstacleTo(chat: ChatRequest, forced: boolean): string | undefined {
  if (forced) return "The model does not think when it is made to call a tool.";
  if (continuesUnsigned(chat.messages)) {
    return "The turn that called the tools came without its signed reasoning; thinking goes on only with it.";
  }
  return undefined;
}

function continuesUnsigned(messages: readonly Message[]): boolean {
  if (messages.at(-1)?.role !== "tool") return false;
  const last = messages.findLast((message) => message.role === "assistant");
  if (last?.role !== "assistant") return false;
  const isSigned = last.content.some(
    (part) => part.type === "reasoning" && (part.signature ?? part.redacted ?? "") !== "",
  );
  return !isSigned && last.content.some((part) => part.type === "tool-call");
}
