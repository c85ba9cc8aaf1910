import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import type { ToolCallPart } from "../../chat/message.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { Told } from "../answer-encoder.ts";
import { type AnswerDecoder, type AnswerReader, truncated, wholeAnswer } from "../answer-stream.ts";
import { blockOpener } from "../block-opener.ts";
import { isTold, strayError } from "../error-object.ts";
import { finishWord } from "../finish-word.ts";
import { jsonLineStream, textLine } from "../json-lines.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import {
  decodeHead,
  decodeLogprobs,
  decodeOllamaError,
  decodeOllamaFinish,
  decodeOllamaUsage,
  encodeOllamaFinish,
  encodeOllamaUsage,
  UNDECODABLE,
} from "./answer.ts";

/** What tells Ollama's chat and completions apart in a stream. */
export interface OllamaStream {
  readonly format: string;
  decodeResponse(wire: JsonObject): ChatResponse;
  /** What one line says; a new reader for every answer. */
  lineReader(): (line: JsonObject) => OllamaLine;
}

export interface OllamaLine {
  readonly thinking: unknown;
  readonly text: unknown;
  readonly calls: readonly ToolCallPart[];
}

const JSON_TEXT = { parse: parseJson, undecodable: UNDECODABLE };

/** A line for every piece of the answer, the last with `done`; or one whole answer. */
export function ollamaStreamDecoder(
  stream: OllamaStream,
  context: StreamDecoderContext,
): AnswerDecoder {
  if (context.contentType === "application/json") {
    return wholeAnswer(stream.decodeResponse, JSON_TEXT);
  }
  return jsonLineStream(lineDecoder(stream), JSON_TEXT, context);
}

function lineDecoder(stream: OllamaStream): AnswerReader {
  const read = stream.lineReader();
  const blocks = blockOpener();
  let called = false;
  let started = false;
  const ending = finishWord();

  function call({ id, name, arguments: text }: ToolCallPart, events: ChatEvent[]) {
    called = true;
    const index = blocks.begin({ kind: "tool-call", id, name }, events);
    if (text !== "") events.push({ type: "tool-call-delta", index, arguments: text });
    events.push({ type: "block-end", index });
  }

  function say(line: JsonObject, text: string, events: ChatEvent[]) {
    const logprobs = line.logprobs === undefined ? undefined : decodeLogprobs(line.logprobs);
    if (text === "" && !(logprobs && blocks.open() === "text")) return;
    const index = blocks.enter("text", events);
    events.push(
      logprobs
        ? { type: "text-delta", index, text, logprobs }
        : { type: "text-delta", index, text },
    );
  }

  function finish(line: JsonObject, events: ChatEvent[]) {
    ending.hear(decodeOllamaFinish(line.done_reason, called));
    const usage = decodeOllamaUsage(line);
    if (usage) events.push({ type: "usage", usage });
  }

  return {
    push(line, events) {
      if (typeof line.error === "string") throw decodeOllamaError(200, line);
      const says =
        !isTold(line.error) &&
        (isJsonObject(line.message) || line.response !== undefined || line.done === true);
      const stray = says ? undefined : strayError(line);
      if (stray) throw stray;
      if (!started) events.push({ type: "message-start", ...decodeHead(line, stream.format) });
      started = true;
      const { thinking, text, calls } = read(line);
      if (typeof thinking === "string" && thinking !== "") {
        const index = blocks.enter("reasoning", events);
        events.push({ type: "reasoning-delta", index, text: thinking });
      }
      if (typeof text === "string") say(line, text, events);
      for (const part of calls) call(part, events);
      if (line.done === true) finish(line, events);
    },
    end(events) {
      if (!ending.isTold()) throw truncated();
      blocks.end(events);
      ending.tell(0, events, called);
    },
    finishedChoices: () => (ending.isTold() ? 1 : 0),
  };
}

/** The line that ends an answer; `head` is its beginning, `said` what it would say. */
export function lastLine(head: string, said: JsonObject, { finish, usage }: Told): string {
  const last = {
    ...said,
    done: true,
    ...(finish && { done_reason: encodeOllamaFinish(finish.reason, finish.raw) }),
    ...(usage && encodeOllamaUsage(usage)),
  };
  return textLine(head + JSON.stringify(last).slice(1));
}
