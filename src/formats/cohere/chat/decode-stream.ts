import { GatewayError } from "../../../chat/error.ts";
import type { Block, ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { type SseEvent, sseDecoder } from "../../../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { finishWord } from "../../finish-word.ts";
import { strayError } from "../../stray-error.ts";
import type { StreamDecoderContext } from "../../wire-format.ts";
import { decodeCohereError, UNDECODABLE } from "../error.ts";
import { decodeCohereFinish } from "../finish.ts";
import { decodeCohereUsage } from "../usage.ts";
import { citedItem, decodeCitation } from "./citations.ts";
import { decodeLogprob } from "./logprobs.ts";
import { argumentsText, decodeCallHead, decodeResponse } from "./response.ts";

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

/** Prose of one content item; `item` is undefined for the tool plan. */
interface Prose {
  readonly index: number;
  readonly kind: "text" | "reasoning";
  readonly item: number | undefined;
  text: string;
}

/**
 * A text's block stays open past its `content-end`, until something else begins: its citations may
 * still follow. Empty content items say nothing and leave no block.
 */
function eventReader(): AnswerReader {
  const calls = new Map<number, number>();
  let prose: Prose | undefined;
  let id = "";
  let started = false;
  const finish = finishWord();
  let index = -1;
  let callCount = 0;

  function start(wireId: Json | undefined, events: ChatEvent[]) {
    if (started) return;
    started = true;
    id = typeof wireId === "string" ? wireId : "";
    events.push({ type: "message-start", id, model: "" });
  }

  function open(block: Block, events: ChatEvent[]): number {
    index++;
    events.push({ type: "block-start", index, choice: 0, block });
    return index;
  }

  function endProse(events: ChatEvent[]) {
    if (prose) events.push({ type: "block-end", index: prose.index });
    prose = undefined;
  }

  function proseOf(kind: Prose["kind"], item: number | undefined, events: ChatEvent[]): Prose {
    if (prose && prose.kind === kind && prose.item === item) return prose;
    endProse(events);
    prose = { index: open({ kind }, events), kind, item, text: "" };
    return prose;
  }

  function say(
    text: string,
    item: number | undefined,
    proof: Json | undefined,
    events: ChatEvent[],
  ) {
    const logprob = proof === undefined ? undefined : decodeLogprob(proof);
    if (text === "" && !logprob) return;
    const block = proseOf("text", item, events);
    block.text += text;
    const delta = { type: "text-delta", index: block.index, text } as const;
    events.push(logprob ? { ...delta, logprobs: [logprob] } : delta);
  }

  function readContent(frame: JsonObject, events: ChatEvent[]) {
    const content = messageOf(frame)?.content;
    if (!isJsonObject(content)) return;
    const item = typeof frame.index === "number" ? frame.index : 0;
    const { text, thinking } = content;
    if (typeof thinking === "string" && thinking !== "") {
      const block = proseOf("reasoning", item, events);
      events.push({ type: "reasoning-delta", index: block.index, text: thinking });
    }
    if (typeof text === "string") say(text, item, frame.logprobs, events);
  }

  function startCall(frame: JsonObject, events: ChatEvent[]) {
    endProse(events);
    const call = messageOf(frame)?.tool_calls;
    const wire = isJsonObject(call) ? call : {};
    const { id: callId, name } = decodeCallHead(wire, id, callCount);
    const block = open({ kind: "tool-call", id: callId, name }, events);
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
    const told = messageOf(frame)?.citations;
    for (const wire of Array.isArray(told) ? told : [told ?? null]) {
      const annotation = prose?.kind === "text" ? decodeCitation(wire, prose.text) : undefined;
      if (!prose || !annotation || citedItem(wire, prose.item) !== prose.item) continue;
      events.push({ type: "annotation", index: prose.index, annotation });
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
    endProse(events);
    for (const number of [...calls.keys()]) endCall(number, events);
    finish.tell(0, events, callCount > 0);
  }

  function push(frame: JsonObject, events: ChatEvent[]) {
    if (typeof frame.type !== "string") throw strayError(frame) ?? decodeCohereError(200, frame);
    start(frame.id, events);
    switch (frame.type) {
      case "content-start":
        endProse(events);
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
