import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import { type SseEvent, sseDecoder } from "../../../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { decodeOpenAiError, strayError } from "../../error-object.ts";
import type { StreamDecoderContext } from "../../wire-format.ts";
import { decodeAnnotation } from "./annotations.ts";
import {
  callId,
  decodeResponse,
  failureOf,
  finishOf,
  responseHead,
  stateOf,
} from "./decode-answer.ts";
import { decodeUsage } from "./usage.ts";
import { flatName, stringOf, UNDECODABLE } from "./wire.ts";

const WIRE_TEXT = { parse: parseJson, undecodable: UNDECODABLE };

export function streamDecoder({ contentType }: StreamDecoderContext): AnswerDecoder {
  if (contentType === "application/json") return wholeAnswer(decodeResponse, WIRE_TEXT);
  return answerStream<SseEvent>({
    ...WIRE_TEXT,
    frames: sseDecoder(),
    textOf: ({ data }) => data,
    reader: answerReader(),
  });
}

interface OpenBlock {
  readonly index: number;
  readonly kind: "text" | "refusal" | "reasoning" | "tool-call";
  hasSpoken: boolean;
}

/** Blocks are found by where they stand: an item's number, and that of its part. */
function answerReader(): AnswerReader {
  const blocks = new Map<string, OpenBlock>();
  let nextIndex = 0;
  let isStarted = false;
  let hasCalls = false;
  let last: JsonObject | undefined;

  function start(wire: JsonObject, events: ChatEvent[]) {
    if (isStarted) return;
    isStarted = true;
    events.push({ type: "message-start", ...responseHead(wire) });
  }

  function enter(
    key: string,
    kind: "text" | "refusal" | "reasoning",
    events: ChatEvent[],
  ): OpenBlock {
    const known = blocks.get(key);
    if (known) return known;
    const block = { index: nextIndex++, kind, hasSpoken: false };
    blocks.set(key, block);
    events.push({ type: "block-start", index: block.index, choice: 0, block: { kind } });
    return block;
  }

  function enterCall(item: JsonObject, key: string, events: ChatEvent[]): OpenBlock {
    const known = blocks.get(key);
    if (known) return known;
    hasCalls = true;
    const block: OpenBlock = { index: nextIndex++, kind: "tool-call", hasSpoken: false };
    blocks.set(key, block);
    const called = {
      kind: "tool-call",
      id: callId(item),
      name: flatName(stringOf(item.name), item.namespace),
      ...(item.type === "custom_tool_call" && ({ custom: true } as const)),
    } as const;
    events.push({ type: "block-start", index: block.index, choice: 0, block: called });
    return block;
  }

  function end(key: string, events: ChatEvent[]) {
    const block = blocks.get(key);
    if (!block) return;
    blocks.delete(key);
    events.push({ type: "block-end", index: block.index });
  }

  function say(block: OpenBlock, text: string, logprobs: Json | undefined, events: ChatEvent[]) {
    if (text === "") return;
    block.hasSpoken = true;
    const { index } = block;
    switch (block.kind) {
      case "tool-call":
        events.push({ type: "tool-call-delta", index, arguments: text });
        return;
      case "reasoning":
        events.push({ type: "reasoning-delta", index, text });
        return;
      case "text":
      case "refusal": {
        const tokens = Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs } : {};
        events.push({ type: "text-delta", index, text, ...tokens });
      }
    }
  }

  /** The item whole: what no delta has told is told by it. */
  function endItem(item: JsonObject, at: string, events: ChatEvent[]) {
    switch (item.type) {
      case "function_call":
      case "custom_tool_call": {
        const block = enterCall(item, at, events);
        const whole = stringOf(item.type === "function_call" ? item.arguments : item.input);
        if (!block.hasSpoken) say(block, whole, undefined, events);
        return end(at, events);
      }
      case "reasoning": {
        const block = enter(at, "reasoning", events);
        const state = stateOf(item);
        if (Object.keys(state).length > 0) {
          events.push({ type: "reasoning-delta", index: block.index, ...state });
        }
        return end(at, events);
      }
    }
  }

  function read(wire: JsonObject, type: string, events: ChatEvent[]) {
    const at = placeOf(wire.output_index);
    const part = `${at}.${placeOf(wire.content_index)}`;
    const delta = stringOf(wire.delta);
    switch (type) {
      case "response.output_item.added":
        if (isJsonObject(wire.item)) addItem(wire.item, at, events);
        return;
      case "response.output_item.done":
        if (isJsonObject(wire.item)) endItem(wire.item, at, events);
        return;
      case "response.output_text.delta":
        return say(enter(part, "text", events), delta, wire.logprobs, events);
      case "response.refusal.delta":
        return say(enter(part, "refusal", events), delta, undefined, events);
      case "response.output_text.annotation.added": {
        const { index } = enter(part, "text", events);
        if (!isJsonObject(wire.annotation)) return;
        events.push({ type: "annotation", index, annotation: decodeAnnotation(wire.annotation) });
        return;
      }
      case "response.content_part.done":
        return end(part, events);
      case "response.reasoning_summary_part.added": {
        const block = enter(at, "reasoning", events);
        if (block.hasSpoken) say(block, "\n\n", undefined, events);
        return;
      }
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        return say(enter(at, "reasoning", events), delta, undefined, events);
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta": {
        const block = blocks.get(at);
        if (block?.kind === "tool-call") say(block, delta, undefined, events);
      }
    }
  }

  function addItem(item: JsonObject, at: string, events: ChatEvent[]) {
    const { type } = item;
    if (type === "function_call" || type === "custom_tool_call") enterCall(item, at, events);
  }

  function push(wire: JsonObject, events: ChatEvent[]) {
    const type = stringOf(wire.type);
    if (type === "error")
      throw decodeOpenAiError(200, isJsonObject(wire.error) ? wire : { error: wire });
    if (type === "") {
      const stray = strayError(wire);
      if (stray) throw stray;
      return;
    }
    if (isJsonObject(wire.response)) {
      const failed = failureOf(wire.response);
      if (failed) throw failed;
      start(wire.response, events);
      if (!ENDINGS.has(type)) return;
      last = wire.response;
      const { usage, service_tier: tier } = last;
      if (isJsonObject(usage)) events.push({ type: "usage", usage: decodeUsage(usage, tier) });
    } else if (type.startsWith("response.")) {
      start({}, events);
      read(wire, type, events);
    }
  }

  return {
    push,
    over: () => last !== undefined,
    finishedChoices: () => (last ? 1 : 0),
    end(events) {
      if (!last) throw truncated();
      for (const key of [...blocks.keys()]) end(key, events);
      const reason = finishOf(last, hasCalls);
      if (reason) events.push({ type: "finish", choice: 0, reason });
    },
  };
}

function placeOf(index: Json | undefined): string {
  return typeof index === "number" ? `${index}` : "0";
}

const ENDINGS: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);
