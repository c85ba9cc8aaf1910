import type { ChatEvent, FinishReason } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";
import { sseEvent } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeAnthropicStreamError } from "../error.ts";
import { type BlockSequence, blockSequence } from "./block-sequence.ts";
import { answerHead, ownExtra, stopMembers } from "./encode-response.ts";
import { encodeDeltaUsage, encodeUsage } from "./usage.ts";

const PING = sseEvent("ping", '{"type":"ping"}');
const STOP = sseEvent("message_stop", '{"type":"message_stop"}');

/**
 * Events as https://platform.claude.com/docs/en/build-with-claude/streaming has them. The stop
 * reason waits for the end: usage, which goes with it, may come after it.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const blocks: BlockSequence = blockSequence();
  let usage: Usage | undefined;
  let finish: { readonly reason: FinishReason; readonly raw: string | undefined } | undefined;
  let refusal = "";
  let started = false;
  let failed = false;

  function start(event: Extract<ChatEvent, { type: "message-start" }>): string[] {
    started = true;
    const message = {
      ...answerHead(event, context),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: encodeUsage(undefined),
      ...ownExtra(event),
    };
    return [namedEvent("message_start", { type: "message_start", message }), PING];
  }

  function push(event: ChatEvent): readonly string[] {
    const out: string[] = [];
    switch (event.type) {
      case "text-delta":
        if (!blocks.delta(event, out)) refusal += event.text;
        return out;
      case "reasoning-delta":
      case "tool-call-delta":
      case "annotation":
        blocks.delta(event, out);
        return out;
      case "message-start":
        return start(event);
      case "block-start":
        if (event.choice === 0) blocks.start(event.index, event.block, out);
        return out;
      case "block-end":
        blocks.end(event.index, out);
        return out;
      case "finish":
        if (event.choice === 0) finish = { reason: event.reason, raw: event.raw };
        return out;
      case "usage":
        usage = event.usage;
        return out;
      case "error":
        failed = true;
        return [namedEvent("error", encodeAnthropicStreamError(event.error))];
    }
  }

  function end(): readonly string[] {
    if (failed || !started) return [];
    const { reason, raw } = finish ?? {};
    const ended = {
      ...(reason !== undefined && { finishReason: reason }),
      ...(raw !== undefined && { rawFinishReason: raw }),
    };
    const delta = stopMembers(ended, refusal);
    const wire = { type: "message_delta", delta, usage: encodeDeltaUsage(usage) };
    return [namedEvent("message_delta", wire), STOP];
  }

  return { push, end };
}

function namedEvent(name: string, wire: JsonObject): string {
  return sseEvent(name, JSON.stringify(wire));
}
