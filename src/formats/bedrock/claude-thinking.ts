import type { ChatRequest, ReasoningRequest } from "../../chat/request.ts";
import type { ClaudeTraits } from "../claude/models.ts";
import {
  FORCED,
  MIN_BUDGET_TOKENS,
  obstacleToThinking,
  thinkingDisplay,
  wantedBudgetTokens,
} from "../claude/thinking.ts";
import type { NoticeList } from "../notice-list.ts";
import { converseEffort, fieldOf, type Reasoning } from "./reasoning-words.ts";

/**
 * `thinking`, within `additionalModelRequestFields`.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
 */
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

/** `forced`: the model is made to call a tool, and so does not think. */
export function adaptiveThinking(
  reasoning: ReasoningRequest,
  forced: boolean,
  notices: NoticeList,
): Reasoning {
  const effort = converseEffort(reasoning, notices);
  const chosen = effort === undefined ? {} : { effort };
  if (forced) {
    notices.dropped(fieldOf(reasoning), FORCED);
    return { fields: {}, thinks: false, ...chosen };
  }
  const thinking = { type: "adaptive", ...thinkingDisplay(reasoning) };
  return { fields: { thinking }, thinks: true, ...chosen };
}

/** `forced`: the model is made to call a tool. Undefined, with a notice, where it could not think. */
export function budgetThinking(
  chat: ChatRequest,
  reasoning: ReasoningRequest,
  forced: boolean,
  notices: NoticeList,
): Reasoning | undefined {
  const field = fieldOf(reasoning);
  const obstacle = obstacleToThinking(chat, forced);
  if (obstacle !== undefined) {
    notices.dropped(field, obstacle);
    return undefined;
  }
  const wanted = wantedBudgetTokens(reasoning, notices);
  const room = (chat.maxTokens ?? Number.POSITIVE_INFINITY) - 1;
  if (room < MIN_BUDGET_TOKENS) {
    notices.dropped(field, `max_tokens leaves less than ${MIN_BUDGET_TOKENS} tokens to think.`);
    return undefined;
  }
  const budget = Math.max(MIN_BUDGET_TOKENS, Math.min(wanted, room));
  if (budget !== wanted) {
    const reason = `The budget is ${budget} tokens: at least ${MIN_BUDGET_TOKENS}, fewer than max_tokens.`;
    notices.approximated(field, reason);
  }
  const thinking = { type: "enabled", budget_tokens: budget, ...thinkingDisplay(reasoning) };
  return { fields: { thinking }, thinks: true };
}
