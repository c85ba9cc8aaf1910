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
const BUDGETS: readonly (readonly [name: string, range: BudgetRange])[] = [
  ["gemini-2.5-flash-lite", { least: 512, most: 24_576, off: true }],
  ["gemini-2.5-flash", { least: 1, most: 24_576, off: true }],
  ["gemini-2.5-pro", { least: 128, most: 32_768, off: false }],
];

const ANY_BUDGET: BudgetRange = { least: 1, most: Number.POSITIVE_INFINITY, off: true };

export function thinkingBudgets(model: string): BudgetRange {
  return BUDGETS.find(([name]) => model.includes(name))?.[1] ?? ANY_BUDGET;
}

/** Gemini 3 Pro thinks at `low` at least. */
export function leastThinkingLevel(model: string): "minimal" | "low" {
  return model.includes("pro") ? "low" : "minimal";
}
