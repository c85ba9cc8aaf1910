import { collector } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Stage } from "../../../framing/stage.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCitation } from "./citations.ts";
import { encodeResponse, finishWord } from "./response.ts";

const TEXT_HEAD = `{"is_finished":false,"event_type":"text-generation","text":`;

/**
 * The events of https://docs.cohere.com/v1/docs/streaming. The last one repeats the whole answer,
 * so the answer is gathered on the way.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const answer = collector();
  const texts = new Map<number, string>();
  const calls = new Map<number, string>();
  let finish: string | undefined;
  let failed = false;

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>): string[] {
    const { block, choice, index } = event;
    if (choice !== 0) return [];
    if (block.kind === "text" || block.kind === "refusal") texts.set(index, "");
    if (block.kind !== "tool-call") return [];
    const number = calls.size;
    const head = `{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"index":${number},"parameters":`;
    calls.set(index, head);
    const delta = { index: number, name: block.name };
    return [line("tool-calls-chunk", { tool_call_delta: delta })];
  }

  function say(event: Extract<ChatEvent, { type: "text-delta" }>): string[] {
    const before = texts.get(event.index);
    if (before === undefined || event.text === "") return [];
    texts.set(event.index, before + event.text);
    return [textLine(`${TEXT_HEAD}${JSON.stringify(event.text)}}`)];
  }

  function cite(event: Extract<ChatEvent, { type: "annotation" }>): string[] {
    const text = texts.get(event.index);
    if (text === undefined) return [];
    return [line("citation-generation", { citations: [encodeCitation(event.annotation, text)] })];
  }

  function extend(event: Extract<ChatEvent, { type: "tool-call-delta" }>): string[] {
    const head = calls.get(event.index);
    if (head === undefined || event.arguments === "") return [];
    return [textLine(`${head}${JSON.stringify(event.arguments)}}}`)];
  }

  function push(event: ChatEvent): readonly string[] {
    if (event.type !== "error") answer.push(event);
    switch (event.type) {
      case "text-delta":
        return say(event);
      case "tool-call-delta":
        return extend(event);
      case "annotation":
        return cite(event);
      case "block-start":
        return startBlock(event);
      case "message-start":
        return [line("stream-start", { generation_id: event.id || context.requestId })];
      case "finish":
        if (event.choice === 0) finish = finishWord(event.reason, event.raw);
        return [];
      case "error":
        failed = true;
        return [endLine({ finish_reason: "ERROR", error: event.error.message })];
      case "reasoning-delta":
      case "block-end":
      case "usage":
        return [];
    }
  }

  function end(): readonly string[] {
    if (failed) return [];
    const response = encodeResponse(answer.finish(), context);
    const told =
      response.tool_calls && line("tool-calls-generation", { tool_calls: response.tool_calls });
    const last = endLine({ ...(finish !== undefined && { finish_reason: finish }), response });
    return told ? [told, last] : [last];
  }

  return { push, end };
}

function line(type: string, members: JsonObject): string {
  return jsonLine({ is_finished: false, event_type: type, ...members });
}

function endLine(members: JsonObject): string {
  return jsonLine({ is_finished: true, event_type: "stream-end", ...members });
}
