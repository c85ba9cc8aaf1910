import type { Json, JsonObject } from "../../../chat/json.ts";
import type { ReasoningPart, TextPart } from "../../../chat/message.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCohereFinish, encodeCohereUsage } from "../answer.ts";
import { encodeCitation } from "./citations.ts";
import { encodeLogprob, FORMAT_NAME } from "./response.ts";

/** The first answer; Cohere has one. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { usage, extra } = response;
  const [choice] = response.choices;
  const content = choice?.content ?? [];
  const calls = content.flatMap((part) =>
    part.type === "tool-call"
      ? [
          {
            id: part.id,
            type: "function",
            function: { name: part.name, arguments: part.arguments || "{}" },
          },
        ]
      : [],
  );
  const logprobs = content.flatMap((part): Json[] =>
    part.type === "text" && part.logprobs ? part.logprobs.map(encodeLogprob) : [],
  );
  return {
    id: response.id || context.requestId,
    message: encodeAnswer(content.flatMap(sayable), calls),
    ...(choice?.finishReason && {
      finish_reason: encodeCohereFinish(choice.finishReason, choice.rawFinishReason),
    }),
    ...(usage && { usage: encodeCohereUsage(usage) }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(response.extraFormat === FORMAT_NAME && extra),
  };
}

/** A refusal is said as text. */
function sayable(part: ChoicePart): (TextPart | ReasoningPart)[] {
  switch (part.type) {
    case "text":
      return [part];
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return part.text === "" ? [] : [part];
    case "tool-call":
      return [];
  }
}

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
