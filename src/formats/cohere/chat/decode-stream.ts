import { GatewayError } from "../../../chat/error.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { type SseEvent, sseDecoder } from "../../../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { blockOpener } from "../../block-opener.ts";
import { strayError } from "../../error-object.ts";
import { finishWord } from "../../finish-word.ts";
import type { StreamDecoderContext } from "../../wire-format.ts";
import { decodeCohereFinish, decodeCohereUsage } from "../answer.ts";
import { decodeCohereError, UNDECODABLE } from "../error.ts";
import { citedItem, decodeCitation } from "./citations.ts";
import { argumentsText, decodeCallHead, decodeLogprob, decodeResponse } from "./response.ts";

const JSON_TEXT = { parse: JSON.parse, undecodable: UNDECODABLE };

/** https://docs.cohere.com/docs/streaming, or one whole answer as JSON. */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, JSON_TEXT);
  const stream = { ...JSON_TEXT, frames: sseDecoder(), reader: eventReader() };
  return answerStream({ ...stream, textOf: ({ data }) => data, tellsError });
}

/** An error is the end of the message; what comes in no event of this API is none to its clients. */
function tellsError({ data }: SseEvent): boolean {
  return data.includes('"message-end"');
}

/**
 * A text's block stays open past its `content-end`, until something else begins: its citations may
 * still follow. Empty content items say nothing and leave no block.
 */
function eventReader(): AnswerReader {
  const calls = new Map<number, number>();
  const blocks = blockOpener();
  /** The content item whose prose is open, undefined for the tool plan; and what it said so far. */
  let item: number | undefined;
  let said = "";
  let id = "";
  let started = false;
  const finish = finishWord();
  let callCount = 0;

  function start(wireId: Json | undefined, events: ChatEvent[]) {
    if (started) return;
    started = true;
    id = typeof wireId === "string" ? wireId : "";
    events.push({ type: "message-start", id, model: "" });
  }

  /** What is open is another item's where the vendor did not start this one. */
  function enter(kind: "text" | "reasoning", at: number | undefined, events: ChatEvent[]): number {
    if (item !== at || blocks.open() !== kind) {
      blocks.end(events);
      item = at;
      said = "";
    }
    return blocks.enter(kind, events);
  }

  function say(text: string, at: number | undefined, proof: Json | undefined, events: ChatEvent[]) {
    const logprob = proof === undefined ? undefined : decodeLogprob(proof);
    if (text === "" && !logprob) return;
    const index = enter("text", at, events);
    said += text;
    const delta = { type: "text-delta", index, text } as const;
    events.push(logprob ? { ...delta, logprobs: [logprob] } : delta);
  }

  function readContent(frame: JsonObject, events: ChatEvent[]) {
    const content = messageOf(frame)?.content;
    if (!isJsonObject(content)) return;
    const at = typeof frame.index === "number" ? frame.index : 0;
    const { text, thinking } = content;
    if (typeof thinking === "string" && thinking !== "") {
      const index = enter("reasoning", at, events);
      events.push({ type: "reasoning-delta", index, text: thinking });
    }
    if (typeof text === "string") say(text, at, frame.logprobs, events);
  }

  function startCall(frame: JsonObject, events: ChatEvent[]) {
    const call = messageOf(frame)?.tool_calls;
    const wire = isJsonObject(call) ? call : {};
    const { id: callId, name } = decodeCallHead(wire, id, callCount);
    const block = blocks.begin({ kind: "tool-call", id: callId, name }, events);
    const number = callNumber(frame, callCount);
    endCall(number, events);
    calls.set(number, block);
    callCount++;
    extendCall(block, wire, events);
  }

  function readCall(frame: JsonObject, events: ChatEvent[]) {
    const block = calls.get(callNumber(frame, callCount - 1));
    const call = messageOf(frame)?.tool_calls;
    if (block === undefined) throw new GatewayError("upstream_bad_response", UNDECODABLE);
    if (isJsonObject(call)) extendCall(block, call, events);
  }

  function extendCall(block: number, wire: JsonObject, events: ChatEvent[]) {
    const text = argumentsText(wire);
    if (text !== "") events.push({ type: "tool-call-delta", index: block, arguments: text });
  }

  function endCall(number: number, events: ChatEvent[]) {
    const block = calls.get(number);
    if (block !== undefined) events.push({ type: "block-end", index: block });
    calls.delete(number);
  }

  function cite(frame: JsonObject, events: ChatEvent[]) {
    if (blocks.open() !== "text") return;
    const index = blocks.enter("text", events);
    const told = messageOf(frame)?.citations;
    for (const wire of Array.isArray(told) ? told : [told ?? null]) {
      const annotation = decodeCitation(wire, said);
      if (!annotation || citedItem(wire, item) !== item) continue;
      events.push({ type: "annotation", index, annotation });
    }
  }

  function endMessage(frame: JsonObject, events: ChatEvent[]) {
    const delta = isJsonObject(frame.delta) ? frame.delta : {};
    if (typeof delta.error === "string") throw decodeCohereError(200, { message: delta.error });
    finish.hear(decodeCohereFinish(delta.finish_reason, callCount > 0));
    const usage = decodeCohereUsage(delta.usage);
    if (usage) events.push({ type: "usage", usage });
  }

  function end(events: ChatEvent[]) {
    if (!finish.isTold()) throw truncated();
    blocks.end(events);
    for (const number of [...calls.keys()]) endCall(number, events);
    finish.tell(0, events, callCount > 0);
  }

  function push(frame: JsonObject, events: ChatEvent[]) {
    if (typeof frame.type !== "string") throw strayError(frame) ?? decodeCohereError(200, frame);
    start(frame.id, events);
    switch (frame.type) {
      case "content-start":
        blocks.end(events);
        return readContent(frame, events);
      case "content-delta":
        return readContent(frame, events);
      case "tool-plan-delta": {
        const plan = messageOf(frame)?.tool_plan;
        if (typeof plan === "string") say(plan, undefined, undefined, events);
        return;
      }
      case "tool-call-start":
        return startCall(frame, events);
      case "tool-call-delta":
        return readCall(frame, events);
      case "tool-call-end":
        return endCall(callNumber(frame, callCount - 1), events);
      case "citation-start":
        return cite(frame, events);
      case "message-end":
        return endMessage(frame, events);
    }
    const stray = strayError(frame);
    if (stray) throw stray;
  }

  return { push, end, finishedChoices: () => (finish.isTold() ? 1 : 0) };
}

function messageOf(frame: JsonObject): JsonObject | undefined {
  if (!isJsonObject(frame.delta)) return undefined;
  return isJsonObject(frame.delta.message) ? frame.delta.message : undefined;
}

function callNumber(frame: JsonObject, fallback: number): number {
  return typeof frame.index === "number" ? frame.index : fallback;
}
