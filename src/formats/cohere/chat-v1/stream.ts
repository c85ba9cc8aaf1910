import { collector } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { blockOpener } from "../../block-opener.ts";
import { finishWord } from "../../finish-word.ts";
import { jsonLine, jsonLineStream, textLine } from "../../json-lines.ts";
import { madeCallId } from "../../tools.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import { decodeCohereFinish } from "../answer.ts";
import { decodeCohereError, UNDECODABLE } from "../error.ts";
import { decodeCitations, encodeCitation } from "./messages.ts";
import {
  answerId,
  decodeCalls,
  decodeResponse,
  encodeFinish,
  encodeResponse,
  usageOf,
} from "./response.ts";

const JSON_TEXT = { parse: parseJson, undecodable: UNDECODABLE };

/** https://docs.cohere.com/v1/docs/streaming, or one whole answer as JSON. */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, JSON_TEXT);
  return jsonLineStream(eventReader(), JSON_TEXT, context);
}

/**
 * One text, whose citations follow it, then the calls: first in pieces, then whole once more. Only
 * calls that came in no pieces are read from the latter.
 */
function eventReader(): AnswerReader {
  /** The block of each call, by its number on the wire. */
  const calls = new Map<number, number>();
  const blocks = blockOpener();
  let hasText = false;
  let documents: Json | undefined;
  let id = "";
  let started = false;
  const ending = finishWord();

  function start(frame: JsonObject, events: ChatEvent[]) {
    if (started) return;
    started = true;
    id = answerId(frame);
    events.push({ type: "message-start", id, model: "" });
  }

  function say(words: Json | undefined, events: ChatEvent[]) {
    if (typeof words !== "string" || words === "") return;
    hasText = true;
    const index = blocks.enter("text", events);
    events.push({ type: "text-delta", index, text: words });
  }

  function startCall(n: number, callId: string, name: string, events: ChatEvent[]) {
    const index = blocks.begin({ kind: "tool-call", id: callId, name }, events);
    calls.set(n, index);
    return index;
  }

  function readPiece(frame: JsonObject, events: ChatEvent[]) {
    const delta = isJsonObject(frame.tool_call_delta) ? frame.tool_call_delta : {};
    if (calls.size === 0) say(delta.text ?? frame.text, events);
    if (typeof delta.name !== "string" && typeof delta.parameters !== "string") return;
    const n = typeof delta.index === "number" ? delta.index : Math.max(0, calls.size - 1);
    const name = typeof delta.name === "string" ? delta.name : "";
    const index = calls.get(n) ?? startCall(n, madeCallId(id, n), name, events);
    if (typeof delta.parameters !== "string" || delta.parameters === "") return;
    events.push({ type: "tool-call-delta", index, arguments: delta.parameters });
  }

  function readWhole(frame: JsonObject, events: ChatEvent[]) {
    if (!hasText) say(frame.text, events);
    for (const [n, call] of decodeCalls(frame.tool_calls, id).entries()) {
      if (calls.has(n)) continue;
      const index = startCall(n, call.id, call.name, events);
      events.push({ type: "tool-call-delta", index, arguments: call.arguments });
    }
  }

  function cite(frame: JsonObject, events: ChatEvent[]) {
    if (blocks.open() !== "text") return;
    const index = blocks.enter("text", events);
    for (const annotation of decodeCitations(frame.citations, documents)) {
      events.push({ type: "annotation", index, annotation });
    }
  }

  function finish(frame: JsonObject, events: ChatEvent[]) {
    if (typeof frame.error === "string") throw decodeCohereError(200, { message: frame.error });
    const response = isJsonObject(frame.response) ? frame.response : {};
    readWhole(response, events);
    const word = frame.finish_reason ?? response.finish_reason;
    ending.hear(decodeCohereFinish(word, calls.size > 0));
    const usage = usageOf(response);
    if (usage) events.push({ type: "usage", usage });
  }

  function end(events: ChatEvent[]) {
    if (!ending.isTold()) throw truncated();
    blocks.end(events);
    for (const index of calls.values()) events.push({ type: "block-end", index });
    ending.tell(0, events, calls.size > 0);
  }

  function push(frame: JsonObject, events: ChatEvent[]) {
    if (typeof frame.event_type !== "string") throw decodeCohereError(200, frame);
    start(frame, events);
    switch (frame.event_type) {
      case "text-generation":
        return say(frame.text, events);
      case "search-results":
        documents = frame.documents;
        return;
      case "citation-generation":
        return cite(frame, events);
      case "tool-calls-chunk":
        return readPiece(frame, events);
      case "tool-calls-generation":
        return readWhole(frame, events);
      case "stream-error":
        throw decodeCohereError(200, frame);
      case "stream-end":
        return finish(frame, events);
    }
  }

  return { push, end, finishedChoices: () => (ending.isTold() ? 1 : 0) };
}

const TEXT_HEAD = `{"is_finished":false,"event_type":"text-generation","text":`;

/** A text as it was said so far, since citations quote it; or what stands before a piece of a call. */
type OpenBlock = { text: string } | string;

/**
 * The events of https://docs.cohere.com/v1/docs/streaming. The last one repeats the whole answer,
 * so the answer is gathered on the way.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const answer = collector();
  let callCount = 0;

  const encoder = answerEncoder<OpenBlock, string>({
    start({ id }, out) {
      out.push(line("stream-start", { generation_id: id || context.requestId }));
    },
    open({ block }, out) {
      if (block.kind === "reasoning") return undefined;
      if (block.kind !== "tool-call") return { text: "" };
      const index = callCount++;
      out.push(line("tool-calls-chunk", { tool_call_delta: { index, name: block.name } }));
      return `{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"index":${index},"parameters":`;
    },
    text(block, { text }, out) {
      if (typeof block === "string" || text === "") return;
      block.text += text;
      out.push(textLine(`${TEXT_HEAD}${JSON.stringify(text)}}`));
    },
    arguments(head, { arguments: text }, out) {
      if (typeof head !== "string" || text === "") return;
      out.push(textLine(`${head}${JSON.stringify(text)}}}`));
    },
    annotation(block, { annotation }, out) {
      if (typeof block === "string") return;
      const citations = [encodeCitation(annotation, block.text)];
      out.push(line("citation-generation", { citations }));
    },
    fail: ({ message }) => endLine({ finish_reason: "ERROR", error: message }),
    end({ finish }, out) {
      const response = encodeResponse(answer.finish(), context);
      const { tool_calls } = response;
      if (tool_calls) out.push(line("tool-calls-generation", { tool_calls }));
      const finish_reason = finish && encodeFinish(finish.reason, finish.raw);
      out.push(endLine({ ...(finish && { finish_reason }), response }));
    },
  });

  return {
    push(event) {
      if (event.type !== "error") answer.push(event);
      return encoder.push(event);
    },
    end: encoder.end,
  };
}

function line(type: string, members: JsonObject): string {
  return jsonLine({ is_finished: false, event_type: type, ...members });
}

function endLine(members: JsonObject): string {
  return jsonLine({ is_finished: true, event_type: "stream-end", ...members });
}
