import { collector } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { Stage } from "../../../framing/stage.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { type BlockOpener, blockCount, blockOpener } from "../../block-opener.ts";
import { type FinishWord, finishWord } from "../../finish-word.ts";
import { jsonLine, jsonLineStream, textLine } from "../../json-lines.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import { decodeCohereFinish, decodeCohereUsage } from "../answer.ts";
import { decodeCohereError, UNDECODABLE } from "../error.ts";
import { decodeResponse, encodeResponse } from "./request.ts";

const JSON_TEXT = { parse: JSON.parse, undecodable: UNDECODABLE };

export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, JSON_TEXT);
  return jsonLineStream(eventReader(), JSON_TEXT, context);
}

/** Several generations may be told side by side; the last event ends and counts them all. */
function eventReader(): AnswerReader {
  const choices = new Map<number, BlockOpener>();
  const endings = new Map<number, FinishWord>();
  const nextIndex = blockCount();
  let started = false;

  function start(id: unknown, events: ChatEvent[]) {
    if (started) return;
    started = true;
    events.push({ type: "message-start", id: typeof id === "string" ? id : "", model: "" });
  }

  function say(choice: number, text: unknown, events: ChatEvent[]) {
    if (typeof text !== "string" || text === "") return;
    const blocks = choices.get(choice) ?? blockOpener(choice, nextIndex);
    choices.set(choice, blocks);
    events.push({ type: "text-delta", index: blocks.enter("text", events), text });
  }

  function finish(frame: JsonObject, events: ChatEvent[]) {
    const response = isJsonObject(frame.response) ? frame.response : {};
    start(response.id, events);
    for (const [i, generation] of generationsOf(response).entries()) {
      if (!choices.has(i)) say(i, generation.text, events);
      const word = generation.finish_reason ?? frame.finish_reason;
      const ending = endings.get(i) ?? finishWord();
      endings.set(i, ending);
      ending.hear(decodeCohereFinish(word, false));
    }
    const usage = decodeCohereUsage(response.meta);
    if (usage) events.push({ type: "usage", usage });
  }

  function end(events: ChatEvent[]) {
    if (endings.size === 0) throw truncated();
    for (const blocks of choices.values()) blocks.end(events);
    for (const [choice, ending] of endings) ending.tell(choice, events);
  }

  function push(frame: JsonObject, events: ChatEvent[]) {
    switch (frame.event_type) {
      case "stream-error":
        throw decodeCohereError(200, frame);
      case "stream-end":
        return finish(frame, events);
      case "text-generation":
        start(undefined, events);
        return say(isChoice(frame.index) ? frame.index : 0, frame.text, events);
    }
    // Its oldest models name no event.
    if (frame.is_finished === true) return finish(frame, events);
    if (typeof frame.text !== "string") throw decodeCohereError(200, frame);
    start(undefined, events);
    say(isChoice(frame.index) ? frame.index : 0, frame.text, events);
  }

  return { push, end, finishedChoices: () => endings.size };
}

/** An end that tells of no generation ends the only one. */
function generationsOf(response: JsonObject): readonly JsonObject[] {
  const told = Array.isArray(response.generations) ? response.generations.filter(isJsonObject) : [];
  return told.length > 0 ? told : [{}];
}

/** Cohere gives at most 5 generations. */
function isChoice(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 128;
}

const TEXT_HEAD = `{"is_finished":false,"event_type":"text-generation","text":`;

export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const answer = collector();
  const choices = new Map<number, number>();
  let failed = false;

  function push(event: ChatEvent): readonly string[] {
    if (event.type === "error") {
      failed = true;
      const error = { finish_reason: "ERROR", err: event.error.message };
      return [jsonLine({ is_finished: true, event_type: "stream-error", ...error })];
    }
    answer.push(event);
    if (event.type === "block-start") choices.set(event.index, event.choice);
    if (event.type !== "text-delta" || event.text === "") return [];
    const index = choices.get(event.index) ?? 0;
    return [textLine(`${TEXT_HEAD}${JSON.stringify(event.text)},"index":${index}}`)];
  }

  function end(): readonly string[] {
    if (failed) return [];
    const whole = answer.finish();
    const response = encodeResponse(whole, context);
    const [first] = Array.isArray(response.generations) ? response.generations : [];
    const reason = isJsonObject(first) ? first.finish_reason : undefined;
    const word = reason === undefined ? {} : { finish_reason: reason };
    return [jsonLine({ is_finished: true, event_type: "stream-end", ...word, response })];
  }

  return { push, end };
}
