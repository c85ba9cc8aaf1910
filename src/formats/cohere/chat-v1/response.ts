import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import type { Usage } from "../../../chat/usage.ts";
import { isJsonArray, membersBeside } from "../../fields.ts";
import { madeCallId } from "../../tools.ts";
import type { AnswerContext } from "../../wire-format.ts";
import {
  decodeCohereFinish,
  decodeCohereUsage,
  decodeTokenCount,
  encodeCohereFinish,
  encodeCohereUsage,
} from "../answer.ts";
import { noAnswer } from "../error.ts";
import { decodeCitations, encodeCitation } from "./messages.ts";
import { FORMAT_NAME } from "./request.ts";
import { decodeCall, encodeCall } from "./tools.ts";

const NAMED = new Set([
  "text",
  "generation_id",
  "response_id",
  "finish_reason",
  "tool_calls",
  "citations",
  "meta",
  "token_count",
  "chat_history",
  "is_finished",
  "event_type",
]);

/** https://docs.cohere.com/v1/reference/chat. The history it repeats is the client's own. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  if (typeof wire.text !== "string") throw noAnswer(wire);
  const id = answerId(wire);
  const calls = decodeCalls(wire.tool_calls, id);
  const finish = decodeCohereFinish(wire.finish_reason, calls.length > 0);
  const annotations = decodeCitations(wire.citations, wire.documents);
  const usage = usageOf(wire);
  const extra = membersBeside(wire, NAMED);
  const text: ChoicePart = {
    type: "text",
    text: wire.text,
    ...(annotations.length > 0 && { annotations }),
  };
  return {
    id,
    model: "",
    choices: [
      {
        content: wire.text === "" ? calls : [text, ...calls],
        finishReason: finish.reason,
        ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
      },
    ],
    ...(usage && { usage }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

export function answerId(wire: JsonObject): string {
  return typeof wire.generation_id === "string" ? wire.generation_id : "";
}

/** As billed, or the older count. */
export function usageOf(wire: JsonObject): Usage | undefined {
  return decodeCohereUsage(wire.meta) ?? decodeTokenCount(wire.token_count);
}

export function decodeCalls(wire: Json | undefined, id: string): ToolCallPart[] {
  if (!isJsonArray(wire)) return [];
  return wire.filter(isJsonObject).map((call, n) => decodeCall(call, madeCallId(id, n)));
}

/** The first answer; Cohere has one. Reasoning has no seat. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { usage } = response;
  const [choice] = response.choices;
  const content = choice?.content ?? [];
  const calls = content.flatMap((part) => (part.type === "tool-call" ? [encodeCall(part)] : []));
  let text = "";
  const citations: JsonObject[] = [];
  for (const part of content) {
    if (part.type !== "text" && part.type !== "refusal") continue;
    if (part.type === "text") {
      for (const note of part.annotations ?? []) citations.push(encodeCitation(note, part.text));
    }
    text += part.text;
  }
  return {
    response_id: context.requestId,
    text,
    generation_id: response.id || context.requestId,
    ...(response.extraFormat === FORMAT_NAME && response.extra),
    ...(citations.length > 0 && { citations }),
    ...(choice?.finishReason && {
      finish_reason: encodeFinish(choice.finishReason, choice.rawFinishReason),
    }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(usage && { meta: { api_version: { version: "1" }, ...encodeCohereUsage(usage) } }),
  };
}

/** This API has no word of its own for tool calls. */
export function encodeFinish(
  reason: Parameters<typeof encodeCohereFinish>[0],
  raw: string | undefined,
): string {
  return encodeCohereFinish(reason === "tool_calls" ? "stop" : reason, raw);
}
