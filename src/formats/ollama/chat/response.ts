import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { isJsonArray } from "../../fields.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import { madeCallId } from "../../tools.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import {
  decodeHead,
  decodeLogprobs,
  decodeOllamaFinish,
  decodeOllamaUsage,
  encodeHead,
  encodeLogprobs,
  encodeOllamaError,
  encodeOllamaFinish,
  encodeOllamaUsage,
  noAnswer,
} from "../answer.ts";
import { lastLine, type OllamaLine, ollamaStreamDecoder } from "../stream.ts";
import { FORMAT_NAME } from "./request.ts";
import { decodeCall, encodeCall } from "./tools.ts";

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
function callIds(createdAt: Json | undefined): () => string {
  const answer = typeof createdAt === "string" ? createdAt.replaceAll(/[^0-9A-Za-z]/g, "") : "";
  let count = 0;
  return () => madeCallId(answer, count++);
}

function decodeCalls(wire: Json | undefined, nextId: () => string): ToolCallPart[] {
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

export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  return ollamaStreamDecoder({ format: FORMAT_NAME, decodeResponse, lineReader }, context);
}

const NOTHING: readonly ToolCallPart[] = [];

/** Ids that are made go on through all of an answer's lines. */
function lineReader(): (line: JsonObject) => OllamaLine {
  let nextId: (() => string) | undefined;
  return (line) => {
    nextId ??= callIds(line.created_at);
    const message = isJsonObject(line.message) ? line.message : {};
    const calls = message.tool_calls ? decodeCalls(message.tool_calls, nextId) : NOTHING;
    return { thinking: message.thinking, text: message.content, calls };
  };
}

/** What stands before a piece of prose; or a call, whose arguments are gathered: it is told whole. */
type OpenBlock = string | (Omit<ToolCallPart, "type" | "arguments"> & { arguments: string });

/** A line an event, as https://docs.ollama.com/api/streaming has them; the last holds usage. */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  let callCount = 0;
  let head = "";

  return answerEncoder<OpenBlock, string>({
    start(event) {
      head = `${JSON.stringify(encodeHead(event, context, FORMAT_NAME)).slice(0, -1)},`;
    },
    open({ block }) {
      if (block.kind === "tool-call") return { id: block.id, name: block.name, arguments: "" };
      const before = block.kind === "reasoning" ? `"content":"","thinking":` : `"content":`;
      return `${head}"message":{"role":"assistant",${before}`;
    },
    text(before, { text, logprobs }, out) {
      const proof = logprobs ? `,"logprobs":${JSON.stringify(encodeLogprobs(logprobs))}` : "";
      out.push(textLine(`${before}${JSON.stringify(text)}},"done":false${proof}}`));
    },
    reasoning(before, { text = "" }, out) {
      if (text !== "") out.push(textLine(`${before}${JSON.stringify(text)}},"done":false}`));
    },
    arguments(call, event) {
      if (typeof call !== "string") call.arguments += event.arguments;
    },
    close(call, out) {
      if (typeof call === "string") return;
      const tool_calls = [encodeCall(call, callCount++)];
      const message = JSON.stringify({ role: "assistant", content: "", tool_calls });
      out.push(textLine(`${head}"message":${message},"done":false}`));
    },
    fail: (error) => jsonLine(encodeOllamaError(error)),
    end: (told, out) => {
      out.push(lastLine(head, { message: { role: "assistant", content: "" } }, told));
    },
  });
}
