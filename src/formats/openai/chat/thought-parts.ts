import { isJsonObject, type Json } from "../../../chat/json.ts";
import type { ReasoningPart } from "../../../chat/message.ts";

const KINDS: ReadonlySet<unknown> = new Set(["thinking", "reasoning", "redacted_thinking"]);

/**
 * Thoughts among the parts of an assistant's turn, as Mistral
 * (https://docs.mistral.ai/capabilities/reasoning/) and Databricks answer with them.
 */
export function isThought(part: Json): boolean {
  return isJsonObject(part) && KINDS.has(part.type);
}

/** Their words. A signature beside them is its vendor's, which no part names: it is not kept. */
export function thoughtParts(parts: readonly Json[]): readonly ReasoningPart[] {
  return parts.flatMap((part): readonly ReasoningPart[] => {
    if (!isJsonObject(part) || !isThought(part)) return [];
    const text = wordsOf(part.thinking ?? part.summary ?? part.text);
    return text === "" ? [] : [{ type: "reasoning", text }];
  });
}

function wordsOf(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(wordsOf).join("");
  return isJsonObject(value) ? wordsOf(value.text) : "";
}
