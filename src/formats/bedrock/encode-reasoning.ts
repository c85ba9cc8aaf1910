import type { ChatRequest, ReasoningRequest } from "../../chat/request.ts";
import type { NoticeList } from "../notice-list.ts";
import { adaptiveThinking, budgetThinking, leastThinking } from "./claude-thinking.ts";
import type { Family } from "./families.ts";
import { converseEffort, fieldOf, oneOfThree, type Reasoning } from "./reasoning-words.ts";

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
