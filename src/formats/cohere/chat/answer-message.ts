import type { JsonObject } from "../../../chat/json.ts";
import type { ReasoningPart, TextPart } from "../../../chat/message.ts";
import { encodeCitation } from "./citations.ts";

/**
 * An assistant's message as both sides write it. Text that stands before tool calls is the tool
 * plan; without calls each text is an item of `content`.
 */
export function encodeAnswer(
  said: readonly (TextPart | ReasoningPart)[],
  calls: readonly JsonObject[],
): JsonObject {
  const texts = said.filter((part) => part.type === "text");
  const isPlan = calls.length > 0;
  const plan = isPlan ? texts.map((part) => part.text).join("") : "";
  const items = said.filter((part) => part.type === "reasoning" || !isPlan);
  const content = items.map((part) =>
    part.type === "text"
      ? { type: "text", text: part.text }
      : { type: "thinking", thinking: part.text },
  );
  const citations = isPlan ? planCitations(texts) : itemCitations(items);
  return {
    role: "assistant",
    ...(content.length > 0 && { content }),
    ...(plan !== "" && { tool_plan: plan }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(citations.length > 0 && { citations }),
  };
}

function itemCitations(items: readonly (TextPart | ReasoningPart)[]): JsonObject[] {
  return items.flatMap((part, item) =>
    part.type === "text"
      ? (part.annotations ?? []).map((annotation) => encodeCitation(annotation, part.text, item))
      : [],
  );
}

function planCitations(texts: readonly TextPart[]): JsonObject[] {
  return texts.flatMap((part) =>
    (part.annotations ?? []).map((annotation) => ({
      ...encodeCitation(annotation, part.text, 0),
      type: "PLAN",
    })),
  );
}
