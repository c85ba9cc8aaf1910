import { claudeTraits } from "../formats/claude/models.ts";

/** OpenAI's models that reason: https://platform.openai.com/docs/guides/reasoning */
export const REASONING_MODELS = /^(?:ft:)?(?:o\d|gpt-5(?!(?:\.\d+)?-chat))/;

/** Whether a model answers 400 when temperature, top_p or top_k is set, whoever serves it. */
export function rejectsSampling(model: string): boolean {
  return REASONING_MODELS.test(model) || claudeTraits(model).rejectsSampling;
}
