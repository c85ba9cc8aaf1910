import { GatewayError } from "../chat/error.ts";
import {
  checkFrameSize,
  type FrameDecoder,
  type FrameSink,
  frameStage,
  MAX_FRAME_BYTES,
} from "./stage.ts";

export interface SseEvent {
  /** Empty when the stream names none. */
  readonly event: string;
  /** The `data` lines, joined by line feeds. */
  readonly data: string;
  /** The last event id the stream has set, absent when there is none. */
  readonly id?: string;
}

export interface SseLimits {
  /** The data of one event and the line being read, in bytes; `upstream_bad_response` beyond. */
  readonly maxEventBytes?: number;
}

const LF = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;
const LINE_END = /\r\n|\r|\n/;

const MORE_FOLLOWS = { stream: true };

/**
 * Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html reads them,
 * with one addition: data that the stream ends on without a blank line is given by `end()`, and
 * the caller decides whether it was whole. `retry` is ignored: an answer is not reconnected to.
 */
export function sseDecoder(limits: SseLimits = {}): FrameDecoder<SseEvent> {
  const maxEventBytes = limits.maxEventBytes ?? MAX_FRAME_BYTES;
  const decoder = new TextDecoder();
  let held = "";
  let afterCr = false;
  let hasData = false;
  let data = "";
  let event = "";
  let id = "";

  function dispatch(events: FrameSink<SseEvent>) {
    if (hasData) events.push(id === "" ? { event, data } : { event, data, id });
    hasData = false;
    data = "";
    event = "";
  }

  function appendData(value: string) {
    data = hasData ? `${data}\n${value}` : value;
    hasData = true;
  }

  /** The line is `text` from `start` to `end`; a slice is made only of what is kept. */
  function readLine(text: string, start: number, end: number, events: FrameSink<SseEvent>) {
    if (start === end) return dispatch(events);
    checkFrameSize(data.length + end - start, maxEventBytes, "an event");
    if (text.charCodeAt(start) === COLON) return;
    if (text.startsWith("data:", start)) {
      appendData(text.slice(valueStart(text, start + 5), end));
      return;
    }
    if (text.startsWith("event:", start)) {
      event = text.slice(valueStart(text, start + 6), end);
      return;
    }
    const line = text.slice(start, end);
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(valueStart(line, colon + 1));
    if (name === "data") appendData(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
  }

  /** Nothing of an event has been read yet. */
  function isBetween() {
    return held === "" && !hasData && event === "";
  }

  /** Reads the whole lines of `text` and holds the rest, never looking twice at what is held. */
  function readText(text: string, events: FrameSink<SseEvent>) {
    let start = afterCr && text.charCodeAt(0) === LF ? 1 : 0;
    if (text !== "") afterCr = false;
    let lf = text.indexOf("\n", start);
    let cr = text.indexOf("\r", start);
    const canSkim = text.length <= maxEventBytes;
    while (lf >= 0 || cr >= 0) {
      if (events.skim && canSkim && isBetween()) {
        const from = start;
        for (let end = start; end >= 0; end = events.skim(text, start)) start = end;
        if (start > from) {
          if (lf >= 0) lf = text.indexOf("\n", start);
          if (cr >= 0) cr = text.indexOf("\r", start);
          continue;
        }
      }
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
      if (held === "") {
        readLine(text, start, end, events);
      } else {
        const line = held + text.slice(start, end);
        held = "";
        readLine(line, 0, line.length, events);
      }
      start = end + 1;
      if (end === cr) {
        if (start === text.length) afterCr = true;
        else if (text.charCodeAt(start) === LF) start++;
        cr = text.indexOf("\r", start);
      }
      if (lf >= 0 && lf < start) lf = text.indexOf("\n", start);
    }
    if (start === text.length) return;
    held += text.slice(start);
    checkFrameSize(data.length + held.length, maxEventBytes, "an event");
  }

  return frameStage({
    read(bytes, events) {
      readText(decoder.decode(bytes, MORE_FOLLOWS), events);
    },
    finish(events) {
      readText(decoder.decode(), events);
      if (held !== "") readLine(held, 0, held.length, events);
      if (data !== "") dispatch(events);
    },
  });
}

function valueStart(text: string, afterColon: number): number {
  return text.charCodeAt(afterColon) === SPACE ? afterColon + 1 : afterColon;
}

/** An event that has only data, of however many lines. */
export function sseData(json: string): string {
  return `${dataLines(json)}\n`;
}

/** An event with a name. Throws `internal` for a name that cannot stand on one line. */
export function sseEvent(name: string, json: string): string {
  return `event: ${oneLine(name)}\n${dataLines(json)}\n`;
}

/** Any event, as `sseDecoder` gave it; every line end in its data leaves as a line feed. */
export function encodeSse(event: SseEvent): string {
  const id = event.id === undefined ? "" : `id: ${oneLine(event.id)}\n`;
  const name = event.event === "" ? "" : `event: ${oneLine(event.event)}\n`;
  return `${id}${name}${dataLines(event.data)}\n`;
}

function dataLines(text: string): string {
  if (!text.includes("\n") && !text.includes("\r")) return `data: ${text}\n`;
  return `data: ${text.split(LINE_END).join("\ndata: ")}\n`;
}

function oneLine(value: string): string {
  if (!LINE_END.test(value)) return value;
  throw new GatewayError("internal", "A server-sent event's name or id holds a line end.");
}
