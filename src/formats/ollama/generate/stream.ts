import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";
import type { Stage } from "../../../framing/stage.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import {
  encodeHead,
  encodeLogprobs,
  encodeOllamaError,
  encodeOllamaFinish,
  encodeOllamaUsage,
} from "../answer.ts";
import { type OllamaLine, ollamaStreamDecoder } from "../stream.ts";
import { FORMAT_NAME } from "./request.ts";
import { decodeResponse } from "./response.ts";

export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  const stream = { format: FORMAT_NAME, decodeResponse, lineReader: () => readLine };
  return ollamaStreamDecoder(stream, context);
}

function readLine({ thinking, response }: JsonObject): OllamaLine {
  return { thinking, text: response, calls: [] };
}

export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const blocks = new Map<number, string>();
  let head = "";
  let finish: string | undefined;
  let usage: Usage | undefined;
  let failed = false;

  function startBlock({ block, choice, index }: Extract<ChatEvent, { type: "block-start" }>) {
    if (choice !== 0 || block.kind === "tool-call") return;
    const before = block.kind === "reasoning" ? `"response":"","thinking":` : `"response":`;
    blocks.set(index, head + before);
  }

  function say(index: number, text: string, proof: string): string[] {
    const before = blocks.get(index);
    if (before === undefined || (text === "" && proof === "")) return [];
    return [textLine(`${before}${JSON.stringify(text)},"done":false${proof}}`)];
  }

  function push(event: ChatEvent): readonly string[] {
    switch (event.type) {
      case "text-delta": {
        const { logprobs } = event;
        const proof = logprobs ? `,"logprobs":${JSON.stringify(encodeLogprobs(logprobs))}` : "";
        return say(event.index, event.text, proof);
      }
      case "reasoning-delta":
        return say(event.index, event.text ?? "", "");
      case "message-start":
        head = `${JSON.stringify(encodeHead(event, context, FORMAT_NAME)).slice(0, -1)},`;
        return [];
      case "block-start":
        startBlock(event);
        return [];
      case "finish":
        if (event.choice === 0) finish = encodeOllamaFinish(event.reason, event.raw);
        return [];
      case "usage":
        usage = event.usage;
        return [];
      case "error":
        failed = true;
        return [jsonLine(encodeOllamaError(event.error))];
      case "annotation":
      case "tool-call-delta":
      case "block-end":
        return [];
    }
  }

  function end(): readonly string[] {
    if (failed) return [];
    const last = {
      response: "",
      done: true,
      ...(finish !== undefined && { done_reason: finish }),
      ...(usage && encodeOllamaUsage(usage)),
    };
    return [textLine(head + JSON.stringify(last).slice(1))];
  }

  return { push, end };
}
