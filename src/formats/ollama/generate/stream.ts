import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import { encodeHead, encodeLogprobs, encodeOllamaError } from "../answer.ts";
import { lastLine, type OllamaLine, ollamaStreamDecoder } from "../stream.ts";
import { decodeResponse, FORMAT_NAME } from "./request.ts";

export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  const stream = { format: FORMAT_NAME, decodeResponse, lineReader: () => readLine };
  return ollamaStreamDecoder(stream, context);
}

function readLine({ thinking, response }: JsonObject): OllamaLine {
  return { thinking, text: response, calls: [] };
}

export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  let head = "";

  /** `before` is what stands ahead of a piece. */
  function say(before: string, text: string, proof: string, out: string[]) {
    if (text === "" && proof === "") return;
    out.push(textLine(`${before}${JSON.stringify(text)},"done":false${proof}}`));
  }

  return answerEncoder<string, string>({
    start(event) {
      head = `${JSON.stringify(encodeHead(event, context, FORMAT_NAME)).slice(0, -1)},`;
    },
    open({ block }) {
      if (block.kind === "tool-call") return undefined;
      return head + (block.kind === "reasoning" ? `"response":"","thinking":` : `"response":`);
    },
    text(before, { text, logprobs }, out) {
      const proof = logprobs ? `,"logprobs":${JSON.stringify(encodeLogprobs(logprobs))}` : "";
      say(before, text, proof, out);
    },
    reasoning: (before, { text = "" }, out) => say(before, text, "", out),
    fail: (error) => jsonLine(encodeOllamaError(error)),
    end: (told, out) => {
      out.push(lastLine(head, { response: "" }, told));
    },
  });
}
