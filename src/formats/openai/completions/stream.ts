import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";
import { sseData } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { blockOpener } from "../../block-opener.ts";
import { encodeOpenAiStreamError } from "../../error-object.ts";
import { finishWord } from "../../finish-word.ts";
import { encodeUsage } from "../../token-usage.ts";
import type { AnswerContext, StreamDecoderContext } from "../../wire-format.ts";
import { type AnswerState, type ChoiceDecoder, openAiStreamDecoder } from "../stream.ts";
import { FORMAT_NAME } from "./request.ts";
import {
  answerHead,
  decodeFinish,
  decodeLogprobs,
  decodeResponse,
  encodeLogprobs,
  nativeFinish,
  ownExtra,
  UNDECODABLE,
} from "./response.ts";

export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  return openAiStreamDecoder(
    { format: FORMAT_NAME, undecodable: UNDECODABLE, decodeResponse, choiceDecoder },
    context,
  );
}

/** One text block a choice. */
function choiceDecoder(choice: number, answer: AnswerState): ChoiceDecoder {
  const blocks = blockOpener(choice, answer.nextIndex);
  const finish = finishWord();

  function say(wire: JsonObject, events: ChatEvent[]) {
    const logprobs = decodeLogprobs(wire.logprobs);
    const text = typeof wire.text === "string" ? wire.text : "";
    if (text === "" && !logprobs) return;
    const index = blocks.enter("text", events);
    const delta = { type: "text-delta", index, text } as const;
    events.push(logprobs ? { ...delta, logprobs } : delta);
  }

  return {
    push(wire, events) {
      say(wire, events);
      const told = decodeFinish(wire);
      if (told) finish.hear(told);
    },
    end(events) {
      blocks.end(events);
      finish.tell(choice, events);
    },
    finished: finish.isTold,
    spoke: () => finish.isTold() || blocks.open() !== undefined,
  };
}

/** Where a choice's text stands, and how long it is so far in UTF-16 units. */
interface ChoiceState {
  readonly choice: number;
  length: number;
}

/**
 * `text_completion` chunks, a usage report where it was asked for, and the terminator once. Blocks
 * that are not prose are left out.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const prose = new Map<number, ChoiceState>();
  const choices = new Map<number, ChoiceState>();
  const tail = context.includeUsage ? `],"usage":null}` : "]}";
  let prefix = "";
  let extra = "";
  let usage: Usage | undefined;
  let failed = false;

  function chunk(choice: string): string {
    const members = extra;
    extra = "";
    return sseData(`${prefix}${members}"choices":[${choice}${tail}`);
  }

  function start(event: Extract<ChatEvent, { type: "message-start" }>) {
    prefix = `${JSON.stringify(answerHead(event, context)).slice(0, -1)},`;
    const own = JSON.stringify(ownExtra(event)).slice(1, -1);
    extra = own === "" ? "" : `${own},`;
  }

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>) {
    const { choice, block } = event;
    if (block.kind !== "text" && block.kind !== "refusal") return;
    const state = choices.get(choice) ?? { choice, length: 0 };
    choices.set(choice, state);
    prose.set(event.index, state);
  }

  function say(event: Extract<ChatEvent, { type: "text-delta" }>): readonly string[] {
    const state = prose.get(event.index);
    if (!state) return [];
    const { text, logprobs } = event;
    const proof = logprobs ? JSON.stringify(encodeLogprobs(logprobs, state.length)) : "null";
    state.length += text.length;
    const members = `"index":${state.choice},"logprobs":${proof},"finish_reason":null`;
    return [chunk(`{"text":${JSON.stringify(text)},${members}}`)];
  }

  function finish(event: Extract<ChatEvent, { type: "finish" }>): string {
    const { choice, reason, raw } = event;
    const wire = { text: "", index: choice, logprobs: null, finish_reason: reason };
    return chunk(JSON.stringify({ ...wire, ...nativeFinish(reason, raw) }));
  }

  function push(event: ChatEvent): readonly string[] {
    switch (event.type) {
      case "text-delta":
        return say(event);
      case "message-start":
        start(event);
        return [];
      case "block-start":
        startBlock(event);
        return [];
      case "finish":
        return [finish(event)];
      case "usage":
        usage = event.usage;
        return [];
      case "error":
        failed = true;
        return [sseData(JSON.stringify(encodeOpenAiStreamError(event.error)))];
      case "annotation":
      case "reasoning-delta":
      case "tool-call-delta":
      case "block-end":
        return [];
    }
  }

  function end(): readonly string[] {
    if (failed) return [];
    const done = sseData("[DONE]");
    if (!usage || !context.includeUsage) return [done];
    const tier = usage.serviceTier === undefined ? {} : { service_tier: usage.serviceTier };
    const members = JSON.stringify({ ...tier, choices: [], usage: encodeUsage(usage) });
    return [sseData(`${prefix}${members.slice(1)}`), done];
  }

  return { push, end };
}
