import { GatewayError } from "../chat/error.ts";
import type { ChatEvent } from "../chat/event.ts";
import { expand } from "../chat/expand.ts";
import { isJsonObject, type JsonObject } from "../chat/json.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { Stage } from "../framing/stage.ts";
import { repeatedDelta } from "./repeated-delta.ts";

/** Reads the frames of one streamed answer, each a JSON object, into events. */
export interface AnswerReader {
  /** Appends to `events`; throws `GatewayError` for a fault. */
  push(frame: JsonObject, events: ChatEvent[]): void;
  /** Whether the answer is whole: what follows counts for nothing. */
  over(): boolean;
}

/** How a format's JSON is read. */
export interface WireText {
  /** `JSON.parse`, or `parseJson` where numbers are carried on as they stand. */
  readonly parse: (text: string) => unknown;
  /** The reference's words for bytes that are not JSON. */
  readonly undecodable: string;
}

/** What a format's streams are made of. */
export interface AnswerStream<Frame> extends WireText {
  readonly frames: Stage<Uint8Array, Frame>;
  /** The JSON text of a frame; undefined for a frame that says nothing. */
  textOf(frame: Frame): string | undefined;
  readonly reader: AnswerReader;
  /** The reader does the same whatever a text delta says; see `repeatedDelta`. */
  readonly repeatsDeltas?: boolean;
}

/**
 * Frames become events until the answer is whole or something is wrong; then nothing counts any
 * more. Bytes that stop before that end in an `upstream_truncated` error.
 */
export function answerStream<Frame>(stream: AnswerStream<Frame>): Stage<Uint8Array, ChatEvent> {
  const { frames, textOf, reader } = stream;
  const push = stream.repeatsDeltas ? repeatedDelta(parse) : parse;
  let failed = false;
  let atEnd = false;

  function parse(text: string, events: ChatEvent[]) {
    reader.push(atEnd ? parseLast(text, stream) : parseObject(text, stream), events);
  }

  function read(take: () => readonly Frame[], events: ChatEvent[]) {
    if (failed || reader.over()) return;
    try {
      for (const frame of take()) {
        const text = textOf(frame);
        if (text === undefined) continue;
        push(text, events);
        if (reader.over()) return;
      }
    } catch (error) {
      fail(error, events);
    }
  }

  function fail(error: unknown, events: ChatEvent[]) {
    failed = true;
    events.push(errorEvent(error));
  }

  return {
    push(bytes) {
      const events: ChatEvent[] = [];
      read(() => frames.push(bytes), events);
      return events;
    },
    end() {
      const events: ChatEvent[] = [];
      atEnd = true;
      read(() => frames.end(), events);
      if (!failed && !reader.over()) fail(truncated(), events);
      return events;
    },
  };
}

/** One whole answer where a stream was asked for. */
export function wholeAnswer(
  decodeResponse: (wire: JsonObject) => ChatResponse,
  wire: WireText,
): Stage<Uint8Array, ChatEvent> {
  const decoder = new TextDecoder();
  let text = "";
  return {
    push(bytes) {
      text += decoder.decode(bytes, { stream: true });
      return [];
    },
    end() {
      text += decoder.decode();
      try {
        return expand(decodeResponse(parseObject(text, wire)));
      } catch (error) {
        return [errorEvent(error)];
      }
    },
  };
}

export function truncated(): GatewayError {
  return new GatewayError("upstream_truncated", "upstream closed the stream early");
}

/** Throws `upstream_bad_response` for what is no JSON object. */
export function parseObject(text: string, { parse, undecodable }: WireText): JsonObject {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new GatewayError("upstream_bad_response", undecodable, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new GatewayError("upstream_bad_response", undecodable);
}

/** Bytes that end inside a frame were cut off; they are not malformed. */
export function parseLast(text: string, wire: WireText): JsonObject {
  try {
    return parseObject(text, wire);
  } catch {
    throw truncated();
  }
}

/** A fault as the last event of a stream; what is none is thrown on. */
export function errorEvent(error: unknown): ChatEvent {
  if (error instanceof GatewayError) return { type: "error", error };
  throw error;
}
