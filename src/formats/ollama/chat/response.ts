import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import { isJsonArray } from "../../fields.ts";
import { madeCallId } from "../../tools.ts";
import type { AnswerContext } from "../../wire-format.ts";
import {
  decodeHead,
  decodeLogprobs,
  decodeOllamaFinish,
  decodeOllamaUsage,
  encodeHead,
  encodeLogprobs,
  encodeOllamaFinish,
  encodeOllamaUsage,
  noAnswer,
} from "../answer.ts";
import { decodeCall, encodeCall } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

export function decodeResponse(wire: JsonObject): ChatResponse {
  const { message } = wire;
  if (!isJsonObject(message)) throw noAnswer(wire);
  const calls = decodeCalls(message.tool_calls, callIds(wire.created_at));
  const finish = decodeOllamaFinish(wire.done_reason, calls.length > 0);
  const usage = decodeOllamaUsage(wire);
  return {
    ...decodeHead(wire, FORMAT_NAME),
    choices: [
      {
        content: [...decodeSaid(message, decodeLogprobs(wire.logprobs)), ...calls],
        finishReason: finish.reason,
        ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
      },
    ],
    ...(usage && { usage }),
  };
}

function decodeSaid(message: JsonObject, logprobs: readonly Json[] | undefined): ChoicePart[] {
  const { content, thinking } = message;
  const parts: ChoicePart[] = [];
  if (typeof thinking === "string" && thinking !== "") {
    parts.push({ type: "reasoning", text: thinking });
  }
  if (typeof content === "string" && content !== "") {
    parts.push({ type: "text", text: content, ...(logprobs && { logprobs }) });
  }
  return parts;
}

/** Ids for the calls of a server that gives none: its time tells one answer from another. */
export function callIds(createdAt: Json | undefined): () => string {
  const answer = typeof createdAt === "string" ? createdAt.replaceAll(/[^0-9A-Za-z]/g, "") : "";
  let count = 0;
  return () => madeCallId(answer, count++);
}

export function decodeCalls(wire: Json | undefined, nextId: () => string): ToolCallPart[] {
  if (!isJsonArray(wire)) return [];
  return wire.filter(isJsonObject).map((call) => decodeCall(call, nextId()));
}

/** The first answer; Ollama has one. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const [choice] = response.choices;
  const { usage } = response;
  const content = choice?.content ?? [];
  const logprobs = content.flatMap((part) =>
    part.type === "text" && part.logprobs ? encodeLogprobs(part.logprobs) : [],
  );
  return {
    ...encodeHead(response, context, FORMAT_NAME),
    message: encodeMessage(content),
    done: true,
    ...(choice?.finishReason && {
      done_reason: encodeOllamaFinish(choice.finishReason, choice.rawFinishReason),
    }),
    ...(usage && encodeOllamaUsage(usage)),
    ...(logprobs.length > 0 && { logprobs }),
  };
}

function encodeMessage(content: readonly ChoicePart[]): JsonObject {
  let text = "";
  let thinking = "";
  const calls: JsonObject[] = [];
  for (const part of content) {
    if (part.type === "reasoning") thinking += part.text;
    else if (part.type === "tool-call") calls.push(encodeCall(part, calls.length));
    else text += part.text;
  }
  return {
    role: "assistant",
    content: text,
    ...(thinking !== "" && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
