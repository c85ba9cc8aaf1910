import type { JsonObject } from "../chat/json.ts";
import { rejectsSampling } from "./model-families.ts";
import type { Invocation } from "./provider.ts";

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
