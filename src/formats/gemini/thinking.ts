import type { JsonObject } from "../../chat/json.ts";
import type { ReasoningRequest } from "../../chat/request.ts";
import { optionalBoolean, optionalInteger, optionalString } from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import { camelKeys, present } from "./wire.ts";

type Effort = NonNullable<ReasoningRequest["effort"]>;

const LEVELS: Readonly<Record<string, Effort>> = {
  MINIMAL: "minimal",
  LOW: "low",
  MEDIUM: "medium",
  HIGH: "high",
};

/** https://ai.google.dev/gemini-api/docs/thinking: a budget of -1 leaves it to the model, 0 is off. */
export function decodeThinking(written: JsonObject): ReasoningRequest | undefined {
  const at = "generationConfig.thinkingConfig";
  const wire = camelKeys(written);
  const level = optionalString(wire, "thinkingLevel", at)?.toUpperCase();
  const budget = optionalInteger(wire, "thinkingBudget", at);
  const effort = level === undefined ? undefined : LEVELS[level];
  const reasoning: ReasoningRequest = {
    ...present("effort", budget === 0 ? "none" : effort),
    ...(budget !== undefined && budget > 0 && { budgetTokens: budget }),
    ...(budget === -1 && { adaptive: true }),
    ...present("includeText", optionalBoolean(wire, "includeThoughts", at)),
  };
  return Object.keys(reasoning).length > 0 ? reasoning : undefined;
}

/** Who asks for reasoning gets to see it, unless they said otherwise. */
export function encodeThinking(
  reasoning: ReasoningRequest,
  model: string,
  list: NoticeList,
): JsonObject {
  const { effort, budgetTokens, adaptive, includeText } = reasoning;
  const isOff = effort === "none" && budgetTokens === undefined;
  const asks = effort !== undefined || budgetTokens !== undefined || adaptive === true;
  const includeThoughts = includeText ?? (asks && !isOff ? true : undefined);
  return {
    ...amount(reasoning, model, list),
    ...present("includeThoughts", includeThoughts),
  };
}

function amount(reasoning: ReasoningRequest, model: string, list: NoticeList): JsonObject {
  const { effort, budgetTokens, adaptive } = reasoning;
  if (budgetTokens !== undefined) {
    return { thinkingBudget: within(budgetTokens, "reasoning.budgetTokens", model, list) };
  }
  if (adaptive) return { thinkingBudget: -1 };
  if (effort === undefined) return {};
  return isGemini3(model)
    ? { thinkingLevel: levelOf(effort, model, list) }
    : { thinkingBudget: budgetOf(effort, model, list) };
}

function within(tokens: number, field: string, model: string, list: NoticeList): number {
  const { least, most, off } = thinkingBudgets(model);
  if (tokens === 0 && off) return 0;
  const allowed = Math.min(Math.max(tokens, least), most);
  if (allowed !== tokens) {
    list.approximated(field, `${model} thinks within ${least} to ${most} tokens: ${allowed}.`);
  }
  return allowed;
}

/** https://ai.google.dev/gemini-api/docs/openai#thinking */
const BUDGETS = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
} as const satisfies Record<Effort, number>;

function budgetOf(effort: Effort, model: string, list: NoticeList): number {
  if (effort === "xhigh" || effort === "max") tooMuch(effort, list);
  return within(BUDGETS[effort], "reasoning_effort", model, list);
}

function levelOf(effort: Effort, model: string, list: NoticeList): string {
  const least = leastThinkingLevel(model);
  switch (effort) {
    case "none":
      list.approximated("reasoning_effort", `Gemini 3 cannot stop thinking: ${least}.`);
      return least;
    case "minimal":
      if (least !== "minimal") {
        list.approximated("reasoning_effort", `${model} thinks at ${least} at least.`);
      }
      return least;
    case "low":
    case "medium":
    case "high":
      return effort;
    case "xhigh":
    case "max":
      tooMuch(effort, list);
      return "high";
  }
}

function tooMuch(effort: Effort, list: NoticeList): void {
  list.approximated("reasoning_effort", `Gemini knows no effort above high, so not ${effort}.`);
}

/**
 * What depends on a model's generation. An unknown name counts as the generation before Gemini 3,
 * whose rules the later ones still take.
 */
export function isGemini3(model: string): boolean {
  return /(?:^|\/)gemini-(?:[3-9]|[1-9]\d)(?:[.-]|$)/.test(model);
}

/** https://ai.google.dev/gemini-api/docs/system-instructions came with Gemini 1.5. */
export function takesNoSystem(model: string): boolean {
  return /(?:^|\/)gemini-1\.0/.test(model);
}

interface BudgetRange {
  readonly least: number;
  readonly most: number;
  /** Whether a budget of 0 turns thinking off. */
  readonly off: boolean;
}

/** https://ai.google.dev/gemini-api/docs/thinking#set-budget, the narrowest fitting name first. */
const BUDGET_RANGES: readonly (readonly [name: string, range: BudgetRange])[] = [
  ["gemini-2.5-flash-lite", { least: 512, most: 24_576, off: true }],
  ["gemini-2.5-flash", { least: 1, most: 24_576, off: true }],
  ["gemini-2.5-pro", { least: 128, most: 32_768, off: false }],
];

const ANY_BUDGET: BudgetRange = { least: 1, most: Number.POSITIVE_INFINITY, off: true };

export function thinkingBudgets(model: string): BudgetRange {
  return BUDGET_RANGES.find(([name]) => model.includes(name))?.[1] ?? ANY_BUDGET;
}

/** Gemini 3 Pro thinks at `low` at least. */
export function leastThinkingLevel(model: string): "minimal" | "low" {
  return model.includes("pro") ? "low" : "minimal";
}
