import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
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

/** Calls are told whole on this wire, so their arguments are gathered. */
interface GatheredCall extends Omit<ToolCallPart, "type" | "arguments"> {
  arguments: string;
}

/** A line an event, as https://docs.ollama.com/api/streaming has them; the last holds usage. */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const prose = new Map<number, string>();
  const calls = new Map<number, GatheredCall>();
  let callCount = 0;
  let head = "";
  let finish: string | undefined;
  let usage: Usage | undefined;
  let failed = false;

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>) {
    const { block, choice, index } = event;
    if (choice !== 0) return;
    if (block.kind === "tool-call") {
      calls.set(index, { id: block.id, name: block.name, arguments: "" });
      return;
    }
    const before = block.kind === "reasoning" ? `"content":"","thinking":` : `"content":`;
    prose.set(index, `${head}"message":{"role":"assistant",${before}`);
  }

  function say(event: Extract<ChatEvent, { type: "text-delta" }>): string[] {
    const before = prose.get(event.index);
    if (before === undefined) return [];
    const { text, logprobs } = event;
    const proof = logprobs ? `,"logprobs":${JSON.stringify(encodeLogprobs(logprobs))}` : "";
    return [textLine(`${before}${JSON.stringify(text)}},"done":false${proof}}`)];
  }

  function think(index: number, text: string | undefined): string[] {
    const before = prose.get(index);
    if (before === undefined || text === undefined || text === "") return [];
    return [textLine(`${before}${JSON.stringify(text)}},"done":false}`)];
  }

  function endBlock(index: number): string[] {
    const call = calls.get(index);
    if (!call) return [];
    calls.delete(index);
    const tool_calls = [encodeCall(call, callCount++)];
    const message = JSON.stringify({ role: "assistant", content: "", tool_calls });
    return [textLine(`${head}"message":${message},"done":false}`)];
  }

  function push(event: ChatEvent): readonly string[] {
    switch (event.type) {
      case "text-delta":
        return say(event);
      case "reasoning-delta":
        return think(event.index, event.text);
      case "tool-call-delta": {
        const call = calls.get(event.index);
        if (call) call.arguments += event.arguments;
        return [];
      }
      case "message-start":
        head = `${JSON.stringify(encodeHead(event, context, FORMAT_NAME)).slice(0, -1)},`;
        return [];
      case "block-start":
        startBlock(event);
        return [];
      case "block-end":
        return endBlock(event.index);
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
        return [];
    }
  }

  function end(): readonly string[] {
    if (failed) return [];
    const last = {
      message: { role: "assistant", content: "" },
      done: true,
      ...(finish !== undefined && { done_reason: finish }),
      ...(usage && encodeOllamaUsage(usage)),
    };
    return [textLine(head + JSON.stringify(last).slice(1))];
  }

  return { push, end };
}
