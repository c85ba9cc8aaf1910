import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ReasoningRequest } from "../../../chat/request.ts";
import { type ClaudeTraits, THINKING_MAX_TOKENS } from "../../claude/models.ts";
import {
  FORCED,
  MIN_BUDGET_TOKENS,
  obstacleToThinking,
  thinkingDisplay,
  wantedBudgetTokens,
} from "../../claude/thinking.ts";
import type { NoticeList } from "../../notice-list.ts";

export interface EncodedReasoning {
  readonly thinking?: JsonObject;
  readonly effort?: string;
  /** The cap on output, thinking included. */
  readonly maxTokens: number;
}

type Effort = NonNullable<ReasoningRequest["effort"]>;
type Thought = Exclude<Effort, "none">;

const FIELD = "reasoning_effort";
/** What is left to answer with where the cap allows: the budget must be smaller, and is spent first. */
const MIN_ANSWER_TOKENS = 1024;

/** `forced`: the model is made to call a tool, which goes with no thinking. */
export function encodeReasoning(
  chat: ChatRequest,
  traits: ClaudeTraits,
  forced: boolean,
  list: NoticeList,
): EncodedReasoning {
  const { reasoning } = chat;
  const plain = { maxTokens: chat.maxTokens ?? traits.defaultMaxTokens };
  if (!reasoning) return plain;
  if (reasoning.effort === "none") return { ...plain, ...leastThinking(traits, list) };
  if (!asksToThink(reasoning)) return plain;
  switch (traits.thinking) {
    case "none":
      list.dropped(FIELD, "This model does not think before it answers.");
      return plain;
    case "adaptive": {
      const maxTokens = chat.maxTokens ?? THINKING_MAX_TOKENS;
      const { thinking, effort } = adaptive(reasoning, list);
      if (!forced) return { thinking, ...(effort !== undefined && { effort }), maxTokens };
      list.dropped(FIELD, FORCED);
      return { ...(effort !== undefined && { effort }), maxTokens };
    }
    case "budget":
      return budget(chat, reasoning, traits, forced, list) ?? plain;
  }
}

function asksToThink({ effort, budgetTokens, adaptive }: ReasoningRequest): boolean {
  return effort !== undefined || budgetTokens !== undefined || adaptive === true;
}

function leastThinking(
  { thinking, thinkingFloor }: ClaudeTraits,
  list: NoticeList,
): { readonly thinking?: JsonObject; readonly effort?: string } {
  if (thinking === "none") return {};
  if (thinkingFloor === "disabled") return { thinking: { type: "disabled" } };
  list.approximated(
    FIELD,
    "This model always thinks; the least that can be asked for is asked for.",
  );
  return thinkingFloor === "between_tools"
    ? { thinking: { type: "between_tools" } }
    : { effort: "low" };
}

const EFFORT_WORDS = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
} as const satisfies Record<Thought, string>;

/** The effort whose usual allowance is nearest above the budget. */
const BUDGET_EFFORTS = [
  { effort: "low", upToTokens: 1024 },
  { effort: "medium", upToTokens: 8192 },
  { effort: "high", upToTokens: Number.POSITIVE_INFINITY },
] as const;

function adaptive(
  reasoning: ReasoningRequest,
  list: NoticeList,
): Required<Pick<EncodedReasoning, "thinking">> & Pick<EncodedReasoning, "effort"> {
  const effort = adaptiveEffort(reasoning, list);
  const thinking = { type: "adaptive", ...adaptiveDisplay(reasoning) };
  return effort === undefined ? { thinking } : { thinking, effort };
}

function adaptiveEffort(
  { effort, budgetTokens }: ReasoningRequest,
  list: NoticeList,
): string | undefined {
  if (effort !== undefined && effort !== "none") {
    const word = EFFORT_WORDS[effort];
    if (word !== effort) list.approximated(FIELD, `Anthropic's least effort is ${word}.`);
    return word;
  }
  if (budgetTokens === undefined) return undefined;
  const nearest = BUDGET_EFFORTS.find((row) => budgetTokens <= row.upToTokens)?.effort;
  const reason = `This model takes an effort word, not a number of tokens: ${nearest}.`;
  list.approximated("reasoning.budgetTokens", reason);
  return nearest;
}

/**
 * These models show nothing of their thinking unless told to; who asks with another vendor's effort
 * word expects to see it.
 */
function adaptiveDisplay(reasoning: ReasoningRequest): JsonObject {
  return thinkingDisplay(reasoning.adaptive ? reasoning : { includeText: true, ...reasoning });
}

function budget(
  chat: ChatRequest,
  reasoning: ReasoningRequest,
  traits: ClaudeTraits,
  forced: boolean,
  list: NoticeList,
): EncodedReasoning | undefined {
  const obstacle = obstacleToThinking(chat, forced);
  if (obstacle !== undefined) {
    list.dropped(FIELD, obstacle);
    return undefined;
  }
  const wanted = wantedBudgetTokens(reasoning, list);
  const maxTokens = chat.maxTokens ?? traits.defaultMaxTokens + wanted;
  if (maxTokens <= MIN_BUDGET_TOKENS) {
    list.dropped(FIELD, `max_tokens leaves less than ${MIN_BUDGET_TOKENS} tokens to think.`);
    return undefined;
  }
  const room = Math.max(MIN_BUDGET_TOKENS, maxTokens - MIN_ANSWER_TOKENS);
  const budgetTokens = Math.min(wanted, room);
  if (budgetTokens < wanted) {
    list.approximated(FIELD, `The budget is cut to ${budgetTokens} tokens: max_tokens holds it.`);
  }
  const thinking = { type: "enabled", budget_tokens: budgetTokens, ...thinkingDisplay(reasoning) };
  return { thinking, maxTokens };
}
