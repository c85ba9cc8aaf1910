import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { type SseEvent, sseDecoder } from "../../framing/sse.ts";
import type { Stage } from "../../framing/stage.ts";
import { type AnswerReader, answerStream, truncated, wholeAnswer } from "../answer-stream.ts";
import { decodeAnthropicError } from "../anthropic-error.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import { type BlockDecoder, blockDecoder } from "./block-decoder.ts";
import { decodeFinish } from "./finish.ts";
import { decodeResponse, isJsonAnswer, refusalOf, responseHead } from "./response.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";
import { UNDECODABLE } from "./wire.ts";

const WIRE_TEXT = { parse: JSON.parse, undecodable: UNDECODABLE };

/** https://platform.claude.com/docs/en/build-with-claude/streaming, or one whole answer as JSON. */
export function streamDecoder(context: StreamDecoderContext): Stage<Uint8Array, ChatEvent> {
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, WIRE_TEXT);
  const reader = answerReader();
  return answerStream({ ...WIRE_TEXT, frames: sseDecoder(), textOf, reader, repeatsDeltas: true });
}

function textOf({ data }: SseEvent): string | undefined {
  return data === "" ? undefined : data;
}

export function answerReader(): AnswerReader {
  /** By the vendor's block number; undefined for a block that has no seat. */
  const blocks = new Map<Json | undefined, BlockDecoder | undefined>();
  let index = 0;
  let started = false;
  let spoke = false;
  let over = false;
  let calls = 0;
  let jsonAnswers = 0;
  let usage: JsonObject | undefined;

  function start(message: JsonObject, events: ChatEvent[]) {
    if (started) return;
    started = true;
    events.push({ type: "message-start", ...responseHead(message) });
    if (!isJsonObject(message.usage)) return;
    usage = message.usage;
    // The count of output at the start is provisional: it must not outlive a stream that breaks.
    const { completionTokens: _, ...begun } = decodeUsage(usage);
    const counted = { ...begun, completionTokens: 0, totalTokens: begun.promptTokens };
    events.push({ type: "usage", usage: counted });
  }

  function startBlock(number: Json | undefined, wire: JsonObject, events: ChatEvent[]) {
    blocks.get(number)?.end(events);
    const decoder = blockDecoder(wire, index);
    blocks.set(number, decoder);
    if (!decoder) return;
    index++;
    spoke = true;
    if (isJsonAnswer(wire)) jsonAnswers++;
    else if (wire.type === "tool_use") calls++;
    decoder.start(events);
  }

  function endBlock(number: Json | undefined, events: ChatEvent[]) {
    blocks.get(number)?.end(events);
    blocks.delete(number);
  }

  function endBlocks(events: ChatEvent[]) {
    for (const number of [...blocks.keys()]) endBlock(number, events);
  }

  function refuse(text: string, events: ChatEvent[]) {
    events.push({ type: "block-start", index, choice: 0, block: { kind: "refusal" } });
    events.push({ type: "text-delta", index, text });
    events.push({ type: "block-end", index });
    index++;
  }

  function messageDelta(wire: JsonObject, events: ChatEvent[]) {
    if (isJsonObject(wire.usage)) {
      usage = mergeUsage(usage ?? {}, wire.usage);
      events.push({ type: "usage", usage: decodeUsage(usage) });
    }
    const delta = isJsonObject(wire.delta) ? wire.delta : {};
    const word = delta.stop_reason;
    if (typeof word !== "string") return;
    endBlocks(events);
    const explanation = refusalOf(delta.stop_details);
    if (explanation !== undefined) refuse(explanation, events);
    const reason = decodeFinish(word, calls === 0 && jsonAnswers > 0);
    events.push({ type: "finish", choice: 0, reason, raw: word });
    over = true;
  }

  /** The last event stands for a missing stop reason, but not for a missing answer. */
  function stop(events: ChatEvent[]) {
    if (!spoke) throw truncated();
    endBlocks(events);
    over = true;
  }

  function push(frame: JsonObject, events: ChatEvent[]) {
    switch (frame.type) {
      case "content_block_delta":
        if (isJsonObject(frame.delta)) blocks.get(frame.index)?.delta(frame.delta, events);
        return;
      case "ping":
        return;
      case "message_start":
        if (isJsonObject(frame.message)) start(frame.message, events);
        return;
      case "content_block_start":
        if (!started) throw outOfOrder();
        if (isJsonObject(frame.content_block)) {
          startBlock(frame.index, frame.content_block, events);
        }
        return;
      case "content_block_stop":
        endBlock(frame.index, events);
        return;
      case "message_delta":
        if (!started) throw outOfOrder();
        messageDelta(frame, events);
        return;
      case "message_stop":
        stop(events);
        return;
    }
    if (frame.error) throw decodeAnthropicError(200, frame);
  }

  return { push, over: () => over };
}

function outOfOrder(): GatewayError {
  return new GatewayError("upstream_bad_response", UNDECODABLE);
}
