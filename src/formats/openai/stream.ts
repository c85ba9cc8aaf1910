import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { ndjsonDecoder } from "../../framing/ndjson.ts";
import { type SseEvent, sseDecoder } from "../../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  type Ending,
  truncated,
  type WireText,
  wholeAnswer,
} from "../answer-stream.ts";
import { blockCount } from "../block-opener.ts";
import { decodeOpenAiError, isTold, strayError } from "../error-object.ts";
import { decodeUsage } from "../token-usage.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import { errorInChoice, responseExtra } from "./answer.ts";

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
  /** Ends the blocks that are open, and tells the finish reason where there was one. */
  end(events: ChatEvent[]): void;
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
): AnswerDecoder {
  const { contentType } = context;
  if (contentType === "application/json")
    return wholeAnswer(stream.decodeResponse, wireText(stream));
  const chunks = { ...wireText(stream), reader: answerReader(stream) };
  if (NDJSON_TYPES.has(contentType)) {
    return answerStream({ ...chunks, frames: ndjsonDecoder(), textOf: (line) => line });
  }
  const events = { frames: sseDecoder(), textOf: chunkText, leadOf: () => "data: ", tellsError };
  return answerStream({ ...chunks, ...events });
}

/** Some servers put the bare error object into an event of that name, which clients do not look at. */
function chunkText(frame: SseEvent): string {
  return frame.event === "error" && !tellsError(frame) ? `{"error":${frame.data}}` : frame.data;
}

/** Clients look for a member of that name and for nothing else. */
function tellsError({ data }: SseEvent): boolean {
  try {
    const chunk: Json = JSON.parse(data);
    return isJsonObject(chunk) && isTold(chunk.error);
  } catch {
    return false;
  }
}

function wireText({ undecodable }: OpenAiStream): WireText {
  return { parse: JSON.parse, undecodable };
}

function answerReader(stream: OpenAiStream): AnswerReader {
  const choices = new Map<number, ChoiceDecoder>();
  const state = { id: "", nextIndex: blockCount() };
  let head: JsonObject = {};
  let started = false;
  let finishedCount = 0;

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

  function readChoice(wire: JsonObject, events: ChatEvent[]) {
    const failed = errorInChoice(wire);
    if (failed) throw failed;
    const choice = choiceOf(wire);
    const wasFinished = choice.finished();
    choice.push(wire, events);
    if (!wasFinished && choice.finished()) finishedCount++;
  }

  function push(chunk: JsonObject, events: ChatEvent[]) {
    if (chunk.error) throw decodeOpenAiError(200, chunk);
    const says = Array.isArray(chunk.choices) || isJsonObject(chunk.usage);
    const stray = says ? undefined : strayError(chunk);
    if (stray) throw stray;
    if (!started) readHead(chunk, events);
    if (!started) return;
    if (Array.isArray(chunk.choices)) {
      for (const choice of chunk.choices) {
        if (isJsonObject(choice)) readChoice(choice, events);
      }
    }
    if (isJsonObject(chunk.usage)) {
      events.push({ type: "usage", usage: decodeUsage(chunk.usage, chunk.service_tier) });
    }
  }

  /** The terminator stands for a missing finish reason, but not for a missing answer. */
  function end(events: ChatEvent[], ending: Ending) {
    const all = [...choices.values()];
    const isWhole =
      ending === "terminator"
        ? all.some((choice) => choice.spoke())
        : all.length > 0 && finishedCount === all.length;
    if (!isWhole) throw truncated();
    for (const choice of all) choice.end(events);
  }

  return { push, end, finishedChoices: () => finishedCount };
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
