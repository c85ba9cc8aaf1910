import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { type AwsMessage, awsEventStreamDecoder } from "../../framing/aws-event-stream.ts";
import {
  type AnswerDecoder,
  type FrameReader,
  frameStream,
  truncated,
  wholeAnswer,
} from "../answer-stream.ts";
import { blockCount } from "../block-opener.ts";
import { membersBeside } from "../fields.ts";
import { finishWord } from "../finish-word.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import { type BlockDecoder, blockDecoder } from "./block-decoder.ts";
import { decodeStreamError } from "./errors.ts";
import { decodeResponse, decodeUsage } from "./response.ts";
import { decodeFinish, FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html, or one whole
 * answer as JSON.
 */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  if (context.contentType !== "application/json") {
    return frameStream(awsEventStreamDecoder(), answerReader());
  }
  return wholeAnswer(decodeResponse, { parse: JSON.parse, undecodable: UNDECODABLE });
}

/** `p` pads an event, so that its length tells nothing of what it says. */
const NAMED = new Set(["stopReason", "usage", "serviceTier", "p"]);

function answerReader(): FrameReader<AwsMessage> {
  const decoder = new TextDecoder();
  const blocks = new Map<number, BlockDecoder>();
  let started = false;
  const ending = finishWord();
  let hasCalls = false;
  let extra: JsonObject | undefined;
  const state = {
    nextIndex: blockCount(),
    called() {
      hasCalls = true;
    },
  };

  function begin(events: ChatEvent[]) {
    if (started) return;
    started = true;
    events.push({ type: "message-start", id: "", model: "" });
  }

  function blockOf(number: Json | undefined): BlockDecoder {
    const key = typeof number === "number" ? number : 0;
    let block = blocks.get(key);
    if (!block) {
      block = blockDecoder(key, state);
      blocks.set(key, block);
    }
    return block;
  }

  function keepUnseated(wire: JsonObject) {
    const unseated = membersBeside(wire, NAMED);
    if (unseated) extra = { ...extra, ...unseated };
  }

  function finish(payload: JsonObject) {
    keepUnseated(payload);
    const word = typeof payload.stopReason === "string" ? payload.stopReason : "";
    const { reason, raw } = decodeFinish(word, hasCalls);
    ending.hear({ reason, ...(raw !== "" && { raw }) });
  }

  function push({ headers, payload }: AwsMessage, events: ChatEvent[]) {
    const wire = payload.length === 0 ? {} : parseObject(decoder.decode(payload));
    const type = headers[":message-type"];
    if (type === "exception" || type === "error") throw streamError(headers, wire);
    readEvent(headers[":event-type"], wire, events);
    return false;
  }

  /** An event of a kind that is not known is passed over. */
  function readEvent(type: unknown, wire: JsonObject, events: ChatEvent[]) {
    if (type === "metadata") {
      begin(events);
      keepUnseated(wire);
      if (!isJsonObject(wire.usage)) return;
      const usage = decodeUsage(wire.usage, wire.serviceTier);
      const late = extra && { extra, extraFormat: FORMAT_NAME };
      events.push({ type: "usage", usage, ...late });
      return;
    }
    switch (type) {
      case "messageStart":
        begin(events);
        return;
      case "contentBlockStart":
        begin(events);
        if (isJsonObject(wire.start)) blockOf(wire.contentBlockIndex).start(wire.start, events);
        return;
      case "contentBlockDelta":
        begin(events);
        if (isJsonObject(wire.delta)) blockOf(wire.contentBlockIndex).delta(wire.delta, events);
        return;
      case "contentBlockStop":
        begin(events);
        blockOf(wire.contentBlockIndex).end(events);
        return;
      case "messageStop":
        begin(events);
        finish(wire);
        return;
    }
  }

  function end(events: ChatEvent[]) {
    if (!ending.isTold()) throw truncated();
    for (const block of blocks.values()) block.end(events);
    ending.tell(0, events, hasCalls);
  }

  return {
    push,
    end,
    tellsError: () => true,
    finishedChoices: () => (ending.isTold() ? 1 : 0),
  };
}

function streamError(headers: AwsMessage["headers"], wire: JsonObject): GatewayError {
  const name = headers[":exception-type"] ?? headers[":error-code"];
  const told = headers[":error-message"];
  return decodeStreamError(
    typeof name === "string" ? name : "exception",
    wire,
    typeof told === "string" ? told : "",
  );
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("upstream_bad_response", UNDECODABLE, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new GatewayError("upstream_bad_response", UNDECODABLE);
}
