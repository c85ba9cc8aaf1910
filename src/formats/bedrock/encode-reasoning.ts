import type { JsonObject } from "../../chat/json.ts";
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
import type { Family } from "./families.ts";

const NONE: Reasoning = { fields: {}, thinks: false };

/** `forced`: the model is made to call a tool. */
export function encodeReasoning(
  chat: ChatRequest,
  family: Family,
  forced: boolean,
  notices: NoticeList,
): Reasoning {
  const { reasoning } = chat;
  if (!reasoning) return NONE;
  const isClaude = family.thinking === "budget" || family.thinking === "adaptive";
  if (reasoning.includeText !== undefined && !isClaude) {
    notices.dropped("reasoning.includeText", "The model has no switch for showing its reasoning.");
  }
  const { effort, budgetTokens, adaptive } = reasoning;
  if (effort === undefined && budgetTokens === undefined && !adaptive) return NONE;
  if (effort === "none" && family.claude) return leastThinking(family.claude, notices);
  switch (family.thinking) {
    case "budget":
      return budgetThinking(chat, reasoning, forced, notices) ?? NONE;
    case "adaptive":
      return adaptiveThinking(reasoning, forced, notices);
    case "effort":
      return generally(reasoning, notices);
    case "nova":
      return novaConfig(reasoning, notices);
    case "word":
      return { fields: { reasoning_effort: oneOfThree(reasoning, notices) }, thinks: false };
    case undefined:
      if (effort !== "none") notices.dropped(fieldOf(reasoning), "The model does not reason.");
      return NONE;
  }
}

/** For a model that is not known: Converse's own word, or Claude's, which an ARN most often hides. */
function generally(reasoning: ReasoningRequest, notices: NoticeList): Reasoning {
  const { effort, budgetTokens, adaptive } = reasoning;
  if (effort === "none") return { fields: { thinking: { type: "disabled" } }, thinks: false };
  const word = effort === undefined ? undefined : converseEffort(reasoning, notices);
  const common = { thinks: false, ...(word !== undefined && { effort: word }) };
  if (budgetTokens !== undefined) {
    return { ...common, fields: { thinking: { type: "enabled", budget_tokens: budgetTokens } } };
  }
  return { ...common, fields: adaptive ? { thinking: { type: "adaptive" } } : {} };
}

/** https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html */
function novaConfig(reasoning: ReasoningRequest, notices: NoticeList): Reasoning {
  if (reasoning.effort === "none") {
    return { fields: { reasoningConfig: { type: "disabled" } }, thinks: false };
  }
  const maxReasoningEffort = oneOfThree(reasoning, notices);
  return { fields: { reasoningConfig: { type: "enabled", maxReasoningEffort } }, thinks: false };
}

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

type Effort = NonNullable<ReasoningRequest["effort"]>;

/** How a request to reason is written. */
export interface Reasoning {
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  /** For `outputConfig`. */
  readonly effort?: string;
  /** Claude thinks, which rules out most of sampling. */
  readonly thinks: boolean;
}

/** The member by which a client asked. */
export function fieldOf({ effort, budgetTokens }: ReasoningRequest): string {
  if (effort !== undefined) return "reasoning_effort";
  return budgetTokens === undefined ? "reasoning.adaptive" : "reasoning.budgetTokens";
}

/** `low` to `max`: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputConfig.html */
export function converseEffort(
  reasoning: ReasoningRequest,
  notices: NoticeList,
): string | undefined {
  const { effort, budgetTokens } = reasoning;
  if (effort === "minimal") {
    notices.approximated("reasoning_effort", "The least effort that Converse names is low.");
    return "low";
  }
  if (effort !== undefined || budgetTokens === undefined) return effort;
  const word = nearestEffort(budgetTokens);
  const reason = `The model takes an effort word, not a number of tokens: ${word}.`;
  notices.approximated("reasoning.budgetTokens", reason);
  return word;
}

/** The effort whose usual allowance is nearest above the budget. */
function nearestEffort(budgetTokens: number): "low" | "medium" | "high" {
  if (budgetTokens <= 1024) return "low";
  return budgetTokens <= 8192 ? "medium" : "high";
}

const THREE_WORDS = {
  none: "low",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
} as const satisfies Record<Effort, string>;

/** One of the three words that Nova and OpenAI's open models know. */
export function oneOfThree(reasoning: ReasoningRequest, notices: NoticeList): string {
  const { effort, budgetTokens } = reasoning;
  const word = effort === undefined ? nearestEffort(budgetTokens ?? 8192) : THREE_WORDS[effort];
  if (word !== effort) {
    const reason = `The model's efforts are low, medium and high; it is told ${word}.`;
    notices.approximated(fieldOf(reasoning), reason);
  }
  return word;
}
