import type { JsonObject } from "../chat/json.ts";
import type { Notice } from "../chat/request.ts";

/** Members that vendors spell differently: gone from one name, there under another. */
const RENAMED: readonly (readonly string[])[] = [
  ["max_tokens", "max_completion_tokens"],
  ["seed", "random_seed"],
];

/** What the gateway writes itself, and answers for itself where a vendor does not take it or has it in the path. */
const OWN: ReadonlySet<string> = new Set(["stream_options", "model"]);

/** What a provider's adaptation took out of a request. */
export function lostMembers(
  before: JsonObject,
  after: JsonObject,
  provider: string,
): readonly Notice[] {
  if (before === after) return [];
  const isElsewhere = (field: string) =>
    RENAMED.some((names) => names.includes(field) && names.some((name) => name in after));
  return Object.keys(before)
    .filter((field) => !(field in after) && !OWN.has(field) && before[field] != null)
    .filter((field) => !isElsewhere(field))
    .map((field) => ({ kind: "dropped", field, reason: `${provider} does not take it` }));
}
