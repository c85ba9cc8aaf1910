import { GatewayError } from "../chat/error.ts";
import type { ChatEvent } from "../chat/event.ts";
import { expand } from "../chat/expand.ts";
import { isJsonObject, type JsonObject } from "../chat/json.ts";
import { type ChatResponse, hasAnswer } from "../chat/response.ts";
import type { FrameSink, FrameSource, Stage } from "../framing/stage.ts";
import { decodedOrTold } from "./error-object.ts";
import { repeatedDelta } from "./repeated-delta.ts";

/** Reads one streamed answer; never shared. */
export interface AnswerDecoder extends Stage<Uint8Array, ChatEvent> {
  /**
   * Choices that the vendor has called finished. Their `finish` events come with the end: some
   * vendors go on, or say better why, after the first word of it.
   */
  finishedChoices(): number;
  /** Set once nothing that follows counts: behind the vendor's terminator or a fault. */
  stop(): Stop | undefined;
}

/** Where an answer ended, within the bytes that were pushed last. */
export interface Stop {
  /** The frames of those bytes that are part of the answer; what is behind them is not. */
  readonly frames: number;
  /** There are more, which are no part of it. */
  readonly hasMore: boolean;
  /** The vendor's terminator is the last of them. */
  readonly isTerminated: boolean;
  /** The last of them tells the vendor's own error, in words that its clients know as one. */
  readonly isTold: boolean;
}

/** What ends an answer: the vendor's terminator, or no further bytes. */
export type Ending = "terminator" | "last-byte";

/** Reads the frames of one streamed answer into events. */
export interface FrameReader<Frame> {
  /** Appends to `events`; throws `GatewayError` for a fault. True for the vendor's terminator. */
  push(frame: Frame, events: ChatEvent[]): boolean;
  /** Reads the frame that begins at `at` of `text` where it knows it by its looks; gives its end, or -1. */
  skim?(text: string, at: number, events: ChatEvent[]): number;
  /** Whether the vendor's clients take this frame for an error; asked when it was a fault. */
  tellsError(frame: Frame): boolean;
  finishedChoices(): number;
  /** Ends what is open and tells how each choice finished. Throws `upstream_truncated` where that is missing. */
  end(events: ChatEvent[], ending: Ending): void;
}

/**
 * Frames become events until the terminator or a fault; then nothing counts any more. Until then
 * everything does: what a vendor says after it has called an answer finished is part of the answer,
 * in every dialect. Bytes that stop too early end in an `upstream_truncated` error.
 */
export function frameStream<Frame>(
  frames: FrameSource<Frame>,
  reader: FrameReader<Frame>,
): AnswerDecoder {
  let stop: Stop | undefined;
  let events: ChatEvent[] = [];
  /** Frames read of the bytes that were pushed last. */
  let count = 0;
  /** The frame that is being read. */
  let current: Frame | undefined;

  const sink: FrameSink<Frame> = {
    push(frame) {
      if (stop) {
        stop = { ...stop, hasMore: true };
        return;
      }
      current = frame;
      const isTerminated = reader.push(frame, events);
      current = undefined;
      count++;
      if (!isTerminated) return;
      reader.end(events, "terminator");
      stop = { frames: count, hasMore: false, isTerminated, isTold: false };
    },
    ...(reader.skim && {
      skim(text: string, at: number) {
        const end = stop ? -1 : (reader.skim?.(text, at, events) ?? -1);
        if (end >= 0) count++;
        return end;
      },
    }),
  };

  function taken(take: () => void): ChatEvent[] {
    events = [];
    count = 0;
    if (stop) return events;
    try {
      take();
    } catch (error) {
      // What is behind the terminator is no part of the answer, however it is framed.
      if (!stop || !(error instanceof GatewayError)) fail(error);
    }
    return events;
  }

  function fail(error: unknown) {
    events.push(errorEvent(error));
    const isTold = current !== undefined && reader.tellsError(current);
    const frames = isTold ? count + 1 : count;
    stop = { frames, hasMore: false, isTerminated: false, isTold };
  }

  return {
    push: (bytes) => taken(() => frames.read(bytes, sink)),
    end() {
      taken(() => frames.finish(sink));
      if (stop) return events.map(cutOff);
      try {
        reader.end(events, "last-byte");
      } catch (error) {
        events.push(errorEvent(error));
      }
      return events;
    },
    finishedChoices: reader.finishedChoices,
    stop: () => stop,
  };
}

/** Bytes that end inside a frame were cut off; they are not malformed. */
function cutOff(event: ChatEvent): ChatEvent {
  const isUnreadable = event.type === "error" && event.error.code === "upstream_bad_response";
  return isUnreadable ? { type: "error", error: truncated() } : event;
}

/** Reads frames that are JSON objects. */
export interface AnswerReader {
  /** Appends to `events`; throws `GatewayError` for a fault. */
  push(frame: JsonObject, events: ChatEvent[]): void;
  /** Whether the answer's last event has come, in a dialect that has one which says nothing else. */
  over?(): boolean;
  finishedChoices(): number;
  end(events: ChatEvent[], ending: Ending): void;
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
  readonly frames: FrameSource<Frame>;
  /** The JSON text of a frame; empty for a frame that says nothing. */
  textOf(frame: Frame): string;
  readonly reader: AnswerReader;
  /** Whether a frame that told an error is one to the vendor's clients; all are where this is absent. */
  tellsError?(frame: Frame): boolean;
  /**
   * What stands before the JSON in a server-sent event like `frame`. Only where the reader does the
   * same whatever a text delta says; see `repeatedDelta`.
   */
  leadOf?(frame: Frame): string;
}

/** A stream of JSON objects, which `[DONE]` ends in any dialect: servers borrow it from OpenAI's. */
export function answerStream<Frame>(stream: AnswerStream<Frame>): AnswerDecoder {
  const { frames, textOf, reader, tellsError, leadOf } = stream;
  const repeated = leadOf && repeatedDelta();
  let isOver = false;
  let isReadable = true;

  function parse(text: string, events: ChatEvent[]) {
    if (text === "") return;
    if (text.charCodeAt(0) !== BRACE && text.trimStart().startsWith("[DONE]")) {
      isOver = true;
      return;
    }
    isReadable = false;
    const frame = parseObject(text, stream);
    isReadable = true;
    reader.push(frame, events);
    if (reader.over?.()) isOver = true;
  }

  return frameStream(frames, {
    push(frame, events) {
      const text = textOf(frame);
      const before = events.length;
      parse(text, events);
      if (leadOf) repeated?.learn(leadOf(frame), text, events, before);
      return isOver;
    },
    ...(repeated && { skim: repeated.skim }),
    tellsError: (frame) => isReadable && !isOver && (tellsError?.(frame) ?? true),
    finishedChoices: reader.finishedChoices,
    end: reader.end,
  });
}

/** One whole answer where a stream was asked for. */
export function wholeAnswer(
  decodeResponse: (wire: JsonObject) => ChatResponse,
  wire: WireText,
): AnswerDecoder {
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
        const response = decodedOrTold(decodeResponse, parseObject(text, wire));
        if (!hasAnswer(response)) throw truncated();
        return expand(response);
      } catch (error) {
        return [errorEvent(error)];
      }
    },
    finishedChoices: () => 0,
    stop: () => undefined,
  };
}

export function truncated(): GatewayError {
  return new GatewayError("upstream_truncated", "upstream closed the stream early");
}

const BRACE = 0x7b;

/** Throws `upstream_bad_response` for what is no JSON object. */
function parseObject(text: string, { parse, undecodable }: WireText): JsonObject {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new GatewayError("upstream_bad_response", undecodable, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new GatewayError("upstream_bad_response", undecodable);
}

/** A fault as the last event of a stream; what is none is thrown on. */
function errorEvent(error: unknown): ChatEvent {
  if (error instanceof GatewayError) return { type: "error", error };
  throw error;
}
