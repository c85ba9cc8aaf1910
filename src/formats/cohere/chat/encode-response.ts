import type { Json, JsonObject } from "../../../chat/json.ts";
import type { ReasoningPart, TextPart } from "../../../chat/message.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCohereFinish } from "../finish.ts";
import { encodeCohereUsage } from "../usage.ts";
import { encodeAnswer } from "./answer-message.ts";
import { encodeLogprob } from "./logprobs.ts";
import { FORMAT_NAME } from "./wire.ts";

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
