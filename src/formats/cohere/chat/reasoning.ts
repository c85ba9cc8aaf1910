import type { JsonObject } from "../../../chat/json.ts";
import type { ReasoningRequest } from "../../../chat/request.ts";
import { invalidField, optionalInteger } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";

/** https://docs.cohere.com/docs/reasoning */
export function decodeThinking(wire: JsonObject): ReasoningRequest {
  if (wire.type === "disabled") return { effort: "none" };
  if (wire.type !== "enabled") throw invalidField("thinking.type", "must be enabled or disabled");
  const budgetTokens = optionalInteger(wire, "token_budget", "thinking");
  return budgetTokens === undefined ? { adaptive: true } : { budgetTokens };
}

/** Tokens an effort may cost; undefined leaves it to the model. */
const BUDGETS = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: undefined,
  xhigh: undefined,
  max: undefined,
} as const;

export function encodeThinking(
  reasoning: ReasoningRequest,
  list: NoticeList,
): JsonObject | undefined {
  if (reasoning.includeText !== undefined) {
    list.dropped("reasoning.includeText", "Cohere has no switch for showing the reasoning.");
  }
  const { effort, budgetTokens } = reasoning;
  if (effort === "none") return { type: "disabled" };
  if (budgetTokens !== undefined) return { type: "enabled", token_budget: budgetTokens };
  if (effort === undefined) return reasoning.adaptive && { type: "enabled" };
  const budget = BUDGETS[effort];
  const told = budget === undefined ? "no limit" : `a limit of ${budget} tokens`;
  list.approximated("reasoning_effort", `Cohere takes a number of tokens: ${told} for ${effort}.`);
  return { type: "enabled", ...(budget !== undefined && { token_budget: budget }) };
}
