import type { JsonObject } from "../chat/json.ts";
import { ndjsonDecoder } from "../framing/ndjson.ts";
import { sseDecoder } from "../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  type WireText,
} from "./answer-stream.ts";
import type { StreamDecoderContext } from "./wire-format.ts";

/** A stream of one JSON object a line; or as events, where a server or proxy writes it so. */
export function jsonLineStream(
  reader: AnswerReader,
  wire: WireText,
  { contentType }: StreamDecoderContext,
): AnswerDecoder {
  if (contentType === "text/event-stream") {
    return answerStream({ ...wire, reader, frames: sseDecoder(), textOf: ({ data }) => data });
  }
  return answerStream({ ...wire, reader, frames: ndjsonDecoder(), textOf: (line) => line });
}

/** One object on its line. */
export function jsonLine(wire: JsonObject): string {
  return textLine(JSON.stringify(wire));
}

export function textLine(json: string): string {
  return `${json}\n`;
}
