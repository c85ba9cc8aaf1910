import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";
import { sseData } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import { encodeOpenAiStreamError } from "../../error-object.ts";
import { encodeUsage } from "../../token-usage.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { type BlockEncoder, blockEncoder, type ChoiceState } from "./block-encoder.ts";
import { answerId, ownExtra } from "./encode-response.ts";
import { encodeFinish } from "./response.ts";

const DONE = "[DONE]";

/**
 * Chunks as https://platform.openai.com/docs/api-reference/chat-streaming has them: role, content,
 * finish, usage where it was asked for, and the terminator once. What every chunk repeats is
 * serialised once. An error event is the last: the terminator would say that all is well.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const blocks = new Map<number, BlockEncoder>();
  const choices = new Map<number, ChoiceState>();
  const closing = context.includeUsage ? `],"usage":null}\n\n` : "]}\n\n";
  let prefix = "";
  let opening = "";
  let usage: Usage | undefined;
  let late: JsonObject = {};
  let failed = false;

  function chunk(choice: string): string {
    return opening + choice + closing;
  }

  function start(event: Extract<ChatEvent, { type: "message-start" }>): string[] {
    const head = JSON.stringify({
      id: answerId(event.id, context),
      object: "chat.completion.chunk",
      created: event.created ?? context.created,
      model: event.model || context.model,
    });
    prefix = `${head.slice(0, -1)},`;
    opening = `data: ${prefix}"choices":[`;
    const extra = JSON.stringify(ownExtra(event)).slice(1, -1);
    choices.set(0, newChoice(context));
    if (extra === "") return [chunk(roleChoice(0))];
    return [`data: ${prefix}${extra},"choices":[${roleChoice(0)}${closing}`];
  }

  /** The choice, and its role chunk where it is new. */
  function enter(choice: number): { state: ChoiceState; chunks: string[] } {
    const known = choices.get(choice);
    if (known) return { state: known, chunks: [] };
    const state = newChoice(context);
    choices.set(choice, state);
    return { state, chunks: [chunk(roleChoice(choice))] };
  }

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>): string[] {
    const { state, chunks } = enter(event.choice);
    const encoder = blockEncoder(event.choice, event.block, state);
    blocks.set(event.index, encoder);
    for (const choice of encoder.start()) chunks.push(chunk(choice));
    return chunks;
  }

  function endBlock(index: number): string[] {
    const ended = blocks.get(index)?.end() ?? [];
    blocks.delete(index);
    return ended.map((choice) => chunk(choice));
  }

  function finish(event: Extract<ChatEvent, { type: "finish" }>): string[] {
    const { chunks } = enter(event.choice);
    const { choice, reason, raw } = event;
    const differs = raw !== undefined && raw !== reason;
    const wire = {
      index: choice,
      delta: {},
      logprobs: null,
      finish_reason: encodeFinish(reason, context),
      ...(differs && { native_finish_reason: raw }),
    };
    chunks.push(chunk(JSON.stringify(wire)));
    return chunks;
  }

  function push(event: ChatEvent): readonly string[] {
    switch (event.type) {
      case "text-delta":
      case "reasoning-delta":
      case "tool-call-delta":
      case "annotation": {
        const choice = blocks.get(event.index)?.delta(event);
        return choice === undefined ? [] : [chunk(choice)];
      }
      case "message-start":
        return start(event);
      case "block-start":
        return startBlock(event);
      case "block-end":
        return endBlock(event.index);
      case "finish":
        return finish(event);
      case "usage":
        usage = event.usage;
        if (event.extra) late = { ...late, ...ownExtra(event) };
        return [];
      case "error":
        failed = true;
        return [sseData(JSON.stringify(encodeOpenAiStreamError(event.error)))];
    }
  }

  function end(): readonly string[] {
    if (failed) return [];
    const done = sseData(DONE);
    if (!usage) return [done];
    const extra = JSON.stringify(late).slice(1, -1);
    const told = extra === "" ? "" : `${extra},`;
    if (context.includeUsage) return [sseData(`${prefix}${told}${usageMembers(usage)}}`), done];
    // Who asked for no usage may not expect a chunk without a choice.
    return told === "" ? [done] : [`data: ${prefix}${told}"choices":[${NO_NEWS}${closing}`, done];
  }

  return { push, end };
}

function usageMembers(usage: Usage): string {
  const { serviceTier } = usage;
  const members: JsonObject = {
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
    choices: [],
    usage: encodeUsage(usage),
  };
  return JSON.stringify(members).slice(1, -1);
}

const NO_NEWS = `{"index":0,"delta":{},"logprobs":null,"finish_reason":null}`;

function newChoice({ oldFunctionCalls = false }: AnswerContext): ChoiceState {
  return { textLength: 0, callCount: 0, isOldCall: oldFunctionCalls };
}

function roleChoice(choice: number): string {
  return `{"index":${choice},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}`;
}
