import type { Block, ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import { sseDecoder, sseEvent } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { blockOpener } from "../../block-opener.ts";
import { finishWord } from "../../finish-word.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import { decodeAnthropicError, encodeAnthropicStreamError, tellsAnthropicError } from "../error.ts";
import {
  answerId,
  decodeFinish,
  decodeResponse,
  encodeFinish,
  responseHead,
  UNDECODABLE,
} from "./response.ts";

const WIRE_TEXT = { parse: JSON.parse, undecodable: UNDECODABLE };

/** `completion` events, each with the next piece of text, or one whole answer as JSON. */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, WIRE_TEXT);
  const stream = { ...WIRE_TEXT, frames: sseDecoder(), reader: answerReader() };
  return answerStream({ ...stream, textOf: ({ data }) => data, tellsError: tellsAnthropicError });
}

function answerReader(): AnswerReader {
  let started = false;
  const blocks = blockOpener();
  const ending = finishWord();

  return {
    push(frame, events) {
      if (frame.error) throw decodeAnthropicError(200, frame);
      const { completion, stop_reason } = frame;
      if (typeof completion !== "string") return;
      if (!started) events.push({ type: "message-start", ...responseHead(frame) });
      started = true;
      if (completion !== "") {
        const index = blocks.enter("text", events);
        events.push({ type: "text-delta", index, text: completion });
      }
      if (typeof stop_reason === "string") {
        ending.hear({ reason: decodeFinish(stop_reason), raw: stop_reason });
      }
    },
    end(events) {
      if (!ending.isTold()) throw truncated();
      blocks.end(events);
      ending.tell(0, events);
    },
    finishedChoices: () => (ending.isTold() ? 1 : 0),
  };
}

export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  let head: JsonObject = {};

  function completion(text: string, stop: string | null): string {
    const wire = { type: "completion", ...head, completion: text, stop_reason: stop };
    return sseEvent("completion", JSON.stringify(wire));
  }

  return answerEncoder<Block, string>({
    start({ id, model }) {
      head = { id: answerId(id, context), model: model || context.model };
    },
    open: ({ block }) => block,
    text(_, { text }, out) {
      out.push(completion(text, null));
    },
    fail: (error) => sseEvent("error", JSON.stringify(encodeAnthropicStreamError(error))),
    end({ finish }, out) {
      out.push(completion("", encodeFinish(finish?.reason)));
    },
  });
}
