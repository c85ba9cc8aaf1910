import type { JsonObject } from "../../chat/json.ts";
import type { ReasoningRequest } from "../../chat/request.ts";
import type { NoticeList } from "../notice-list.ts";

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
