import { GatewayError } from "../../../chat/error.ts";
import type { Block, ChatEvent, FinishReason } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse } from "../../../chat/response.ts";
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

/** https://platform.claude.com/docs/en/api/complete (retired; gateways and old models still speak it). */
export const FORMAT_NAME = "anthropic-complete";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode anthropic response";

/** Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { completion, stop_reason } = wire;
  if (typeof completion !== "string") {
    if (isJsonObject(wire.error)) throw decodeAnthropicError(200, wire);
    const detail = "'completion' not in anthropic://llm/v1/chat response";
    throw new GatewayError("upstream_bad_response", detail);
  }
  const finish =
    typeof stop_reason === "string"
      ? { finishReason: decodeFinish(stop_reason), rawFinishReason: stop_reason }
      : {};
  const content = completion === "" ? [] : [{ type: "text", text: completion } as const];
  return { ...responseHead(wire), choices: [{ content, ...finish }] };
}

/** What a whole answer and the first event of a stream have in common. */
export function responseHead(wire: JsonObject): Pick<ChatResponse, "id" | "model"> {
  return {
    id: typeof wire.id === "string" ? wire.id : "",
    model: typeof wire.model === "string" ? wire.model : "",
  };
}

export function decodeFinish(word: string): FinishReason {
  return word === "max_tokens" ? "length" : "stop";
}

const WORDS = {
  stop: "stop_sequence",
  tool_calls: "stop_sequence",
  content_filter: "stop_sequence",
  length: "max_tokens",
} as const satisfies Record<FinishReason, string>;

export function encodeFinish(reason: FinishReason | undefined): string | null {
  return reason === undefined ? null : WORDS[reason];
}

/** The text is the answer; reasoning and calls have no seat here. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const choice = response.choices[0] ?? { content: [] };
  const texts = choice.content.map((part) =>
    part.type === "text" || part.type === "refusal" ? part.text : "",
  );
  return {
    type: "completion",
    id: answerId(response.id, context),
    completion: texts.join(""),
    stop_reason: encodeFinish(choice.finishReason),
    model: response.model || context.model,
  };
}

export function answerId(id: string, context: AnswerContext): string {
  return id === "" ? `compl_${context.requestId}` : id;
}

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
