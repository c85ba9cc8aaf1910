import type { Json, JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import { encodeUsage } from "../../token-usage.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeAnnotations } from "./annotations.ts";
import { encodeReasoning, extraContent } from "./reasoning.ts";
import { encodeFinish } from "./response.ts";
import { encodeToolCall } from "./tools.ts";
import { FORMAT_NAME, type WireAnswerMessage, type WireChoice, type WireLogprobs } from "./wire.ts";

/** https://platform.openai.com/docs/api-reference/chat/object, with every member a strict client needs. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { usage } = response;
  return {
    id: answerId(response.id, context),
    object: "chat.completion",
    created: response.created ?? context.created,
    model: response.model || context.model,
    choices: response.choices.map((choice, index) => encodeChoice(choice, index, context)),
    usage: usage && encodeUsage(usage),
    service_tier: usage?.serviceTier,
    ...ownExtra(response),
  };
}

export function answerId(id: string, context: AnswerContext): string {
  return id === "" ? `chatcmpl-${context.requestId}` : id;
}

/** Members of this format's own, and a guardrail's trace, which the reference puts beside them. */
export function ownExtra({
  extra,
  extraFormat,
}: Pick<ChatResponse, "extra" | "extraFormat">): JsonObject {
  if (!extra) return {};
  if (extraFormat === FORMAT_NAME) return extra;
  return extra["trace"] === undefined ? {} : { trace: extra["trace"] };
}

function encodeChoice(
  choice: Choice,
  index: number,
  context: AnswerContext,
): WireChoice & JsonObject {
  const { finishReason, rawFinishReason } = choice;
  const differs = rawFinishReason !== undefined && rawFinishReason !== finishReason;
  return {
    index,
    message: encodeMessage(choice, context),
    logprobs: encodeLogprobs(choice.content),
    finish_reason: finishReason === undefined ? null : encodeFinish(finishReason, context),
    native_finish_reason: differs ? rawFinishReason : undefined,
  };
}

/** The texts are joined with nothing: a vendor splits one sentence over several blocks. */
function encodeMessage(
  { content, finishReason }: Choice,
  context: AnswerContext,
): WireAnswerMessage {
  const texts = content.filter((part) => part.type === "text");
  const refusals = content.filter((part) => part.type === "refusal");
  const calls = content.filter((part) => part.type === "tool-call");
  const annotations = encodeAnnotations(texts);
  const signature = texts.findLast((part) => part.signature !== undefined)?.signature;
  const isFiltered = finishReason === "content_filter";
  const hasOther = calls.length > 0 || refusals.length > 0 || isFiltered;
  return {
    role: "assistant",
    content: texts.length === 0 && hasOther ? null : joined(texts),
    refusal: refusals.length > 0 ? joined(refusals) : null,
    ...encodeReasoning(content.filter((part) => part.type === "reasoning")),
    ...encodeCalls(calls, context),
    annotations: annotations.length > 0 ? annotations : undefined,
    extra_content: signature === undefined ? undefined : extraContent(signature),
  };
}

/** In the old form a message calls one function; what it calls beside that stands where it does now. */
function encodeCalls(
  calls: readonly ToolCallPart[],
  { oldFunctionCalls }: AnswerContext,
): Pick<WireAnswerMessage, "tool_calls" | "function_call"> {
  const [first, ...others] = calls;
  if (!first) return {};
  if (!oldFunctionCalls || first.custom) return { tool_calls: calls.map(encodeToolCall) };
  const { function: called } = encodeToolCall(first);
  return {
    function_call: called,
    ...(others.length > 0 && { tool_calls: others.map(encodeToolCall) }),
  };
}

function joined(parts: readonly { readonly text: string }[]): string {
  return parts.map((part) => part.text).join("");
}

function encodeLogprobs(content: readonly ChoicePart[]): WireLogprobs | null {
  const tokens: Record<"text" | "refusal", Json[]> = { text: [], refusal: [] };
  for (const part of content) {
    if (part.type !== "text" && part.type !== "refusal") continue;
    if (part.logprobs) tokens[part.type].push(...part.logprobs);
  }
  if (tokens.text.length === 0 && tokens.refusal.length === 0) return null;
  return {
    content: tokens.text.length > 0 ? tokens.text : null,
    refusal: tokens.refusal.length > 0 ? tokens.refusal : null,
  };
}
