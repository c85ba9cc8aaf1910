import { GatewayError } from "../chat/error.ts";
import {
  checkFrameSize,
  type FrameDecoder,
  type FrameSink,
  frameStage,
  MAX_FRAME_BYTES,
} from "./stage.ts";

export interface JsonArrayLimits {
  /** One element, in bytes; `upstream_bad_response` beyond. */
  readonly maxElementBytes?: number;
}

/** Where the reader stands: before the array, after `[`, after `,`, in an element, after one, after all. */
type Place = "start" | "first" | "next" | "element" | "after" | "done";

const SPACE = /[ \t\r\n]/;
const ELEMENT_START = /[[{"\-0-9tfn]/;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;

/**
 * The JSON text of each element of a top-level array, as soon as it is whole. A lone top-level
 * object counts as one element: vendors send one where an error takes the array's place, and a
 * whole answer is one. No bytes at all are no elements. What stands inside an object or array
 * element, beyond its brackets, is for its reader to parse.
 *
 * Throws `upstream_bad_response` for anything else, `upstream_truncated` when the bytes end early.
 */
export function jsonArrayDecoder(limits: JsonArrayLimits = {}): FrameDecoder<string> {
  const maxElementBytes = limits.maxElementBytes ?? MAX_FRAME_BYTES;
  const decoder = new TextDecoder();
  const closers: string[] = [];
  let place: Place = "start";
  let lone = false;
  let held = "";
  let inString = false;
  let escaped = false;

  function readText(text: string, elements: FrameSink<string>) {
    let position = 0;
    while (position < text.length) {
      if (place === "element") {
        position = readElement(text, position, elements);
        continue;
      }
      const char = text.charAt(position);
      if (!SPACE.test(char)) place = placeAfter(char);
      if (place !== "element") position++;
    }
  }

  function placeAfter(char: string): Place {
    if (place === "start" && char === "{") lone = true;
    else if (place === "start" && char === "[") return "first";
    else if (place === "first" && char === "]") return "done";
    else if (place === "after" && char === "]") return "done";
    else if (place === "after" && char === ",") return "next";
    else if ((place !== "first" && place !== "next") || !ELEMENT_START.test(char)) throw junk(char);
    return "element";
  }

  /** Gives the position after the element, or the text's length when it goes on. */
  function readElement(text: string, start: number, elements: FrameSink<string>): number {
    let position = start;
    while (position < text.length) {
      if (inString) {
        position = skipString(text, position);
        if (!inString && closers.length === 0) return emit(text, start, position, elements);
        continue;
      }
      if (closers.length > 0 && !isStructural(text.charCodeAt(position))) {
        position++;
        continue;
      }
      const char = text.charAt(position);
      if (closers.length === 0 && (char === "," || char === "]" || SPACE.test(char))) {
        return emitScalar(text, start, position, elements);
      }
      const begun = position > start || held !== "";
      if (begun && closers.length === 0 && '{["}'.includes(char)) throw junk(char);
      position++;
      if (char === '"') inString = true;
      else if (char === "{") closers.push("}");
      else if (char === "[") closers.push("]");
      else if (char === "}" || char === "]") {
        if (closers.pop() !== char) throw junk(char);
        if (closers.length === 0) return emit(text, start, position, elements);
      }
    }
    held += text.slice(start);
    checkFrameSize(held.length, maxElementBytes, "an array element");
    return position;
  }

  /** Goes from quote to quote; one is escaped when an odd run of backslashes stands before it. */
  function skipString(text: string, start: number): number {
    let from = start;
    for (;;) {
      const quote = text.indexOf('"', from);
      const end = quote < 0 ? text.length : quote;
      let run = end;
      while (run > from && text.charAt(run - 1) === "\\") run--;
      const odd = (end - run) % 2 === 1;
      escaped = run === from && escaped ? !odd : odd;
      if (quote < 0) return end;
      from = quote + 1;
      inString = escaped;
      escaped = false;
      if (!inString) return from;
    }
  }

  function emit(text: string, start: number, end: number, elements: FrameSink<string>): number {
    const element = held + text.slice(start, end);
    checkFrameSize(element.length, maxElementBytes, "an array element");
    elements.push(element);
    held = "";
    place = lone ? "done" : "after";
    return end;
  }

  function emitScalar(
    text: string,
    start: number,
    end: number,
    elements: FrameSink<string>,
  ): number {
    const scalar = held + text.slice(start, end);
    if (!SCALAR.test(scalar)) throw junk(scalar.slice(0, 20));
    return emit(text, start, end, elements);
  }

  return frameStage({
    read(bytes, elements) {
      readText(decoder.decode(bytes, { stream: true }), elements);
    },
    finish(elements) {
      readText(decoder.decode(), elements);
      if (place === "start" || place === "done") return;
      throw new GatewayError(
        "upstream_truncated",
        "The upstream's JSON array ended before its closing bracket.",
      );
    },
  });
}

/** A quote, bracket or brace; `[` and `{`, `]` and `}` differ in one bit. */
function isStructural(code: number): boolean {
  const folded = code | 0x20;
  return code === 0x22 || folded === 0x7b || folded === 0x7d;
}

function junk(found: string): GatewayError {
  return new GatewayError(
    "upstream_bad_response",
    `The upstream's JSON array has ${JSON.stringify(found)} where it cannot stand.`,
  );
}
