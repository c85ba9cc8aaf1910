import type { ChatEvent } from "../chat/event.ts";
import type { JsonObject } from "../chat/json.ts";
import { ndjsonDecoder } from "../framing/ndjson.ts";
import { type SseEvent, sseDecoder } from "../framing/sse.ts";
import type { Stage } from "../framing/stage.ts";
import { type AnswerReader, answerStream, type WireText } from "./answer-stream.ts";
import type { StreamDecoderContext } from "./wire-format.ts";

/** A stream of one JSON object a line; or as events, where a server or proxy writes it so. */
export function jsonLineStream(
  reader: AnswerReader,
  wire: WireText,
  { contentType }: StreamDecoderContext,
): Stage<Uint8Array, ChatEvent> {
  if (contentType === "text/event-stream") {
    return answerStream({ ...wire, reader, frames: sseDecoder(), textOf: dataOf });
  }
  return answerStream({ ...wire, reader, frames: ndjsonDecoder(), textOf: (line) => line });
}

function dataOf({ data }: SseEvent): string | undefined {
  return data === "" || data === "[DONE]" ? undefined : data;
}

/** One object on its line. */
export function jsonLine(wire: JsonObject): string {
  return textLine(JSON.stringify(wire));
}

export function textLine(json: string): string {
  return `${json}\n`;
}
