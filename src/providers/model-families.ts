import { claudeTraits } from "../formats/claude-models.ts";

/**
 * What some model families do not take. A vendor's new family is a new line here; the generations of
 * Claude have a table of their own.
 *
 * https://platform.openai.com/docs/guides/reasoning
 */
const FAMILIES: readonly ModelFamily[] = [
  { names: /^(?:ft:)?(?:o\d|gpt-5)/, tokenCap: "max_completion_tokens" },
  { names: /^(?:ft:)?(?:o\d|gpt-5(?!(?:\.\d+)?-chat))/, rejectsSampling: true },
];

interface ModelFamily {
  readonly names: RegExp;
  /** The member of OpenAI's dialect that caps output tokens, where it is not `max_tokens`. */
  readonly tokenCap?: "max_completion_tokens";
  /** Answers 400 when temperature, top_p or top_k is set. */
  readonly rejectsSampling?: true;
}

export function tokenCapMember(model: string): "max_tokens" | "max_completion_tokens" {
  return traitsOf(model).tokenCap;
}

export function rejectsSampling(model: string): boolean {
  return traitsOf(model).rejectsSampling;
}

interface ModelTraits {
  readonly tokenCap: "max_tokens" | "max_completion_tokens";
  readonly rejectsSampling: boolean;
}

const known = new Map<string, ModelTraits>();
/** Clients may name models, so there is no end of them. */
const MAX_KNOWN = 1_000;

function traitsOf(model: string): ModelTraits {
  const kept = known.get(model);
  if (kept) return kept;
  const traits = findTraits(model);
  if (known.size < MAX_KNOWN) known.set(model, traits);
  return traits;
}

function findTraits(model: string): ModelTraits {
  const families = FAMILIES.filter(({ names }) => names.test(model));
  return {
    tokenCap: families.find(({ tokenCap }) => tokenCap)?.tokenCap ?? "max_tokens",
    rejectsSampling:
      families.some((family) => family.rejectsSampling) || claudeTraits(model).rejectsSampling,
  };
}
