import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import { encodeHead, encodeLogprobs, encodeOllamaError } from "../answer.ts";
import { lastLine, type OllamaLine, ollamaStreamDecoder } from "../stream.ts";
import { callIds, decodeCalls, decodeResponse } from "./response.ts";
import { encodeCall } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

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
