import type { JsonObject } from "../chat/json.ts";
import { claudeTraits } from "../formats/claude/models.ts";
import type { Invocation } from "./provider.ts";

/** OpenAI's models that reason: https://platform.openai.com/docs/guides/reasoning */
export const REASONING_MODELS = /^(?:ft:)?(?:o\d|gpt-5(?!(?:\.\d+)?-chat))/;

/** Whether a model answers 400 when temperature, top_p or top_k is set, whoever serves it. */
export function rejectsSampling(model: string): boolean {
  return REASONING_MODELS.test(model) || claudeTraits(model).rejectsSampling;
}

const SAMPLING: ReadonlySet<string> = new Set(["temperature", "top_p", "top_k"]);

/**
 * The first version of Anthropic's API that answers 400 to sampling parameters, whatever their value.
 * https://platform.claude.com/docs/en/api/versioning
 */
const WITHOUT_SAMPLING_SINCE = "2026-10-21";

/** The selected model, or the version that the target is pinned to, takes no sampling parameters. */
export function adaptForClaude(wire: JsonObject, invocation: Invocation): JsonObject {
  const { model, options } = invocation;
  const refuses = rejectsSampling(model) || versionRejectsSampling(options.anthropic_version);
  if (!refuses) return wire;
  const kept = Object.entries(wire).filter(([member]) => !SAMPLING.has(member));
  return kept.length === Object.keys(wire).length ? wire : Object.fromEntries(kept);
}

/** Other words, such as Vertex's `vertex-2023-10-16`, name older ways. */
function versionRejectsSampling(version: string | undefined): boolean {
  return /^\d{4}-/.test(version ?? "") && (version ?? "") >= WITHOUT_SAMPLING_SINCE;
}
