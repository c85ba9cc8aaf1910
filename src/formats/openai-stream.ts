import type { ChatEvent } from "../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { ChatResponse } from "../chat/response.ts";
import { ndjsonDecoder } from "../framing/ndjson.ts";
import { type SseEvent, sseDecoder } from "../framing/sse.ts";
import type { Stage } from "../framing/stage.ts";
import {
  errorEvent,
  parseLast,
  parseObject,
  truncated,
  type WireText,
  wholeAnswer,
} from "./answer-stream.ts";
import { responseExtra } from "./openai-answer.ts";
import { decodeOpenAiError } from "./openai-error.ts";
import { decodeUsage } from "./openai-usage.ts";
import { repeatedDelta } from "./repeated-delta.ts";
import type { StreamDecoderContext } from "./wire-format.ts";

/** What tells OpenAI's Chat Completions and Completions apart in a stream. */
export interface OpenAiStream {
  readonly format: string;
  /** The reference's words for bytes that are not JSON. */
  readonly undecodable: string;
  decodeResponse(wire: JsonObject): ChatResponse;
  choiceDecoder(choice: number, answer: AnswerState): ChoiceDecoder;
}

/** What the choices of one answer share. */
export interface AnswerState {
  nextIndex(): number;
  readonly id: string;
}

export interface ChoiceDecoder {
  /** Reads one element of a chunk's `choices`. */
  push(wire: JsonObject, events: ChatEvent[]): void;
  /** Ends the blocks that are open. */
  close(events: ChatEvent[]): void;
  finished(): boolean;
  /** Something was said: a block or a finish reason. */
  spoke(): boolean;
}

const NDJSON_TYPES = new Set([
  "application/x-ndjson",
  "application/ndjson",
  "application/stream+json",
]);

/** Chunks in the framing that the content type names, or one whole answer as JSON. */
export function openAiStreamDecoder(
  stream: OpenAiStream,
  context: StreamDecoderContext,
): Stage<Uint8Array, ChatEvent> {
  const { contentType } = context;
  if (contentType === "application/json")
    return wholeAnswer(stream.decodeResponse, wireText(stream));
  if (NDJSON_TYPES.has(contentType)) return chunkDecoder(stream, ndjsonDecoder(), (line) => line);
  return chunkDecoder(stream, sseDecoder(), chunkText);
}

/** Some servers put the bare error object into an event of that name. */
function chunkText({ event, data }: SseEvent): string {
  return event === "error" && !data.includes('"error"') ? `{"error":${data}}` : data;
}

function chunkDecoder<Frame>(
  stream: OpenAiStream,
  frames: Stage<Uint8Array, Frame>,
  textOf: (frame: Frame) => string,
): Stage<Uint8Array, ChatEvent> {
  const answer = answerDecoder(stream);

  /** Reads what `bytes` complete; without bytes, what the end completes. */
  function read(bytes: Uint8Array | undefined, events: ChatEvent[]) {
    if (answer.over()) return;
    try {
      for (const frame of bytes ? frames.push(bytes) : frames.end()) {
        answer.push(textOf(frame), events);
        if (answer.over()) return;
      }
    } catch (error) {
      answer.fail(error, events);
    }
  }

  return {
    push(bytes) {
      const events: ChatEvent[] = [];
      read(bytes, events);
      return events;
    },
    end() {
      const events: ChatEvent[] = [];
      answer.lastBytes();
      read(undefined, events);
      answer.end(events);
      return events;
    },
  };
}

function wireText({ undecodable }: OpenAiStream): WireText {
  return { parse: JSON.parse, undecodable };
}

function answerDecoder(stream: OpenAiStream) {
  const wire = wireText(stream);
  const choices = new Map<number, ChoiceDecoder>();
  const state = { id: "", nextIndex };
  let head: JsonObject = {};
  let index = -1;
  let started = false;
  let isOver = false;
  let atEnd = false;

  function nextIndex() {
    index++;
    return index;
  }

  /** The first chunks may name nothing yet: Azure sends its prompt's filter results ahead. */
  function readHead(chunk: JsonObject, events: ChatEvent[]) {
    head = { ...head, ...withoutEmpty(chunk) };
    if (!Array.isArray(chunk.choices) || (chunk.choices.length === 0 && !chunk.usage)) return;
    started = true;
    state.id = typeof head.id === "string" ? head.id : "";
    const extra = responseExtra(head);
    events.push({
      type: "message-start",
      id: state.id,
      model: typeof head.model === "string" ? head.model : "",
      ...(typeof head.created === "number" && { created: head.created }),
      ...(extra && { extra, extraFormat: stream.format }),
    });
  }

  function choiceOf(wire: JsonObject): ChoiceDecoder {
    const number = isChoiceIndex(wire.index) ? wire.index : 0;
    let decoder = choices.get(number);
    if (!decoder) {
      decoder = stream.choiceDecoder(number, state);
      choices.set(number, decoder);
    }
    return decoder;
  }

  function parse(text: string, events: ChatEvent[]) {
    if (text.startsWith("[DONE]")) return done(events);
    if (text === "") return;
    const chunk = atEnd ? parseLast(text, wire) : parseObject(text, wire);
    if (chunk.error) throw decodeOpenAiError(200, chunk);
    if (!started) readHead(chunk, events);
    if (!started) return;
    if (Array.isArray(chunk.choices)) {
      for (const choice of chunk.choices) {
        if (isJsonObject(choice)) choiceOf(choice).push(choice, events);
      }
    }
    if (isJsonObject(chunk.usage)) {
      events.push({ type: "usage", usage: decodeUsage(chunk.usage, chunk.service_tier) });
    }
  }

  /** The terminator stands for a missing finish reason, but not for a missing answer. */
  function done(events: ChatEvent[]) {
    const spoke = choices.values().some((choice) => choice.spoke());
    if (!spoke) throw truncated();
    for (const choice of choices.values()) choice.close(events);
    isOver = true;
  }

  function fail(error: unknown, events: ChatEvent[]) {
    isOver = true;
    events.push(errorEvent(error));
  }

  function end(events: ChatEvent[]) {
    if (isOver) return;
    const whole = choices.size > 0 && choices.values().every((choice) => choice.finished());
    if (whole) isOver = true;
    else fail(truncated(), events);
  }

  return {
    push: repeatedDelta(parse),
    fail,
    end,
    over: () => isOver,
    /** What comes now may be a frame that was cut off. */
    lastBytes() {
      atEnd = true;
    },
  };
}

/** OpenAI gives at most 128 answers (`n`). */
function isChoiceIndex(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 128;
}

function withoutEmpty(chunk: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(chunk).filter(([key, value]) => value && key !== "obfuscation"),
  );
}
