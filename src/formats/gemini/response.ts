import { collect } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { Json, JsonObject } from "../../chat/json.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../chat/response.ts";
import type { AnswerContext } from "../wire-format.ts";
import { encodeLogprobs, encodeUsage } from "./answer.ts";
import { answerReader } from "./decode-stream.ts";
import { encodeCall, textPart, thoughtPart } from "./encode-parts.ts";
import { encodeSources } from "./grounding.ts";
import { encodeFinish, FORMAT_NAME, NO_CANDIDATES } from "./wire.ts";

/**
 * A whole answer is what a stream of one chunk says. Throws `upstream_bad_response`; or, for an
 * error in a body whose status said 200, that error.
 */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const events: ChatEvent[] = [];
  const reader = answerReader();
  reader.push(wire, events);
  reader.assumeStop();
  if (reader.finishedChoices() === 0) {
    throw new GatewayError("upstream_bad_response", NO_CANDIDATES);
  }
  reader.end(events, "last-byte");
  return collect(events);
}

/** https://ai.google.dev/api/generate-content#GenerateContentResponse */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { choices, usage } = response;
  return {
    candidates: choices.map(encodeChoice),
    ...(usage && { usageMetadata: encodeUsage(usage) }),
    ...answerHead(response, context),
    ...ownExtra(response),
  };
}

/** The members that every chunk of a stream repeats. */
export function answerHead(
  answer: Pick<ChatResponse, "id" | "model" | "created">,
  context: AnswerContext,
): JsonObject {
  const { id, model, created } = answer;
  return {
    modelVersion: model || context.model,
    responseId: id || context.requestId,
    ...(created !== undefined && { createTime: new Date(created * 1000).toISOString() }),
  };
}

export function ownExtra(answer: Pick<ChatResponse, "extra" | "extraFormat">): JsonObject {
  return answer.extraFormat === FORMAT_NAME && answer.extra ? answer.extra : {};
}

function encodeChoice(choice: Choice, index: number): JsonObject {
  const { content, finishReason, rawFinishReason } = choice;
  const parts = content.flatMap(encodePart);
  const texts = content.filter((part) => part.type === "text" || part.type === "refusal");
  const groundingMetadata = encodeSources(texts);
  const logprobs: Json[] = texts.flatMap((part) => part.logprobs ?? []);
  return {
    content: { parts: parts.length > 0 ? parts : [{ text: "" }], role: "model" },
    ...(finishReason && { finishReason: encodeFinish(finishReason, rawFinishReason) }),
    ...(groundingMetadata && { groundingMetadata }),
    ...(logprobs.length > 0 && { logprobsResult: encodeLogprobs(logprobs) }),
    index,
  };
}

/** Hidden reasoning of another vendor means nothing to a Gemini client, nor to Gemini. */
function encodePart(part: ChoicePart): JsonObject[] {
  switch (part.type) {
    case "text":
      return [textPart(part.text, part.signature)];
    case "refusal":
      return [textPart(part.text)];
    case "reasoning": {
      if (part.text === "" && part.signature === undefined) return [];
      return [thoughtPart(part.text, part.signature)];
    }
    case "tool-call":
      return [encodeCall(part, part.arguments)];
  }
}
