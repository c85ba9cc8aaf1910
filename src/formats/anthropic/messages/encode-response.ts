import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import type { ReasoningPart, ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCitations } from "./citations.ts";
import { encodeUsage } from "./usage.ts";
import { encodeFinish, FORMAT_NAME } from "./wire.ts";

/** https://platform.claude.com/docs/en/api/messages: the first answer, for the wire has no more. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const choice = response.choices[0] ?? { content: [] };
  return {
    ...answerHead(response, context),
    content: choice.content.flatMap(encodeBlock),
    ...stopMembers(choice, refusalWords(choice.content)),
    usage: encodeUsage(response.usage),
    ...ownExtra(response),
  };
}

export function answerHead(
  answer: Pick<ChatResponse, "id" | "model">,
  context: AnswerContext,
): JsonObject {
  return {
    id: answer.id === "" ? `msg_${context.requestId}` : answer.id,
    type: "message",
    role: "assistant",
    model: answer.model || context.model,
  };
}

export function ownExtra(answer: Pick<ChatResponse, "extra" | "extraFormat">): JsonObject {
  return answer.extraFormat === FORMAT_NAME && answer.extra ? answer.extra : {};
}

function refusalWords(content: readonly ChoicePart[]): string {
  return content.map((part) => (part.type === "refusal" ? part.text : "")).join("");
}

/** A refusal's words stand beside the stop reason, not in the content. */
export function stopMembers(
  { finishReason, rawFinishReason }: Omit<Choice, "content">,
  refusal: string,
): JsonObject {
  const reason = refusal === "" || finishReason === undefined ? finishReason : "content_filter";
  return {
    stop_reason: reason === undefined ? null : encodeFinish(reason, rawFinishReason),
    stop_sequence: null,
    ...(refusal !== "" && {
      stop_details: { type: "refusal", category: null, explanation: refusal },
    }),
  };
}

function encodeBlock(part: ChoicePart): JsonObject[] {
  switch (part.type) {
    case "text": {
      const citations = encodeCitations(part.annotations);
      return [
        { type: "text", text: part.text, citations: citations.length > 0 ? citations : null },
      ];
    }
    case "refusal":
      return [];
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call":
      return [{ type: "tool_use", id: part.id, name: part.name, input: inputOf(part) }];
  }
}

/** Words and their encrypted form are two blocks here. */
function encodeReasoning({ text, signature, redacted }: ReasoningPart): JsonObject[] {
  const shown = text !== "" || signature !== undefined || redacted === undefined;
  return [
    ...(shown ? [{ type: "thinking", thinking: text, signature: signature ?? "" }] : []),
    ...(redacted === undefined ? [] : [{ type: "redacted_thinking", data: redacted }]),
  ];
}

/** Input is an object here: what is none, for it was cut off or is free text, stands inside one. */
function inputOf(part: ToolCallPart): JsonObject {
  if (part.custom) return { input: part.arguments };
  if (part.arguments.trim() === "") return {};
  const input = parsed(part.arguments);
  // https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
  return isJsonObject(input) ? input : { INVALID_JSON: part.arguments };
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}
