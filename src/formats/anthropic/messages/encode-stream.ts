import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import { sseEvent } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeAnthropicStreamError } from "../error.ts";
import {
  type BlockCount,
  type BlockEncoder,
  blockEncoder,
  type DeltaEvent,
  type ShownBlock,
} from "./block-encoder.ts";
import { answerHead, ownExtra, stopMembers } from "./response.ts";
import { encodeDeltaUsage, encodeUsage } from "./usage.ts";

const PING = sseEvent("ping", '{"type":"ping"}');
const STOP = sseEvent("message_stop", '{"type":"message_stop"}');

/** The words of a refusal stand in no block. */
type OpenBlock = Turn | "refusal";

/**
 * Events as https://platform.claude.com/docs/en/build-with-claude/streaming has them. The stop
 * reason waits for the end: usage, which goes with it, may come after it.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const blocks = blockSequence();
  let refusal = "";
  let started = false;

  function delta(block: OpenBlock, event: DeltaEvent, out: string[]) {
    if (block !== "refusal") blocks.delta(block, event, out);
    else if (event.type === "text-delta") refusal += event.text;
  }

  return answerEncoder<OpenBlock, string>({
    start(event, out) {
      started = true;
      const message = {
        ...answerHead(event, context),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeUsage(undefined),
        ...ownExtra(event),
      };
      out.push(namedEvent("message_start", { type: "message_start", message }), PING);
    },
    open: ({ block }, out) => (block.kind === "refusal" ? "refusal" : blocks.start(block, out)),
    text: delta,
    reasoning: delta,
    arguments: delta,
    annotation: delta,
    close(block, out) {
      if (block !== "refusal") blocks.end(block, out);
    },
    fail: (error) => namedEvent("error", encodeAnthropicStreamError(error)),
    end({ finish, usage }, out) {
      if (!started) return;
      const ended = {
        ...(finish && { finishReason: finish.reason }),
        ...(finish?.raw !== undefined && { rawFinishReason: finish.raw }),
      };
      const delta = stopMembers(ended, refusal);
      const wire = { type: "message_delta", delta, usage: encodeDeltaUsage(usage) };
      out.push(namedEvent("message_delta", wire), STOP);
    },
  });
}

function namedEvent(name: string, wire: JsonObject): string {
  return sseEvent(name, JSON.stringify(wire));
}

/** A block, and what came of it before it was its turn. */
interface Turn {
  readonly block: ShownBlock;
  readonly held: DeltaEvent[];
  encoder?: BlockEncoder;
  ended: boolean;
}

/**
 * Blocks stand one after another on this wire, whole: what comes of a later block waits until the
 * one before has ended.
 */
function blockSequence() {
  const count: BlockCount = { next: 0 };
  const waiting: Turn[] = [];
  let isBusy = false;

  /** Lets the next blocks have their turn, until one is still being said. */
  function advance(out: string[]) {
    isBusy = false;
    for (let turn = waiting.shift(); turn; turn = waiting.shift()) {
      const encoder = blockEncoder(turn.block, count, out);
      for (const event of turn.held) encoder.delta(event, out);
      if (!turn.ended) {
        turn.encoder = encoder;
        isBusy = true;
        return;
      }
      encoder.end(out);
    }
  }

  return {
    start(block: ShownBlock, out: string[]): Turn {
      const turn: Turn = { block, held: [], ended: false };
      waiting.push(turn);
      if (!isBusy) advance(out);
      return turn;
    },
    delta({ encoder, held }: Turn, event: DeltaEvent, out: string[]) {
      if (encoder) encoder.delta(event, out);
      else held.push(event);
    },
    end(turn: Turn, out: string[]) {
      turn.ended = true;
      if (!turn.encoder) return;
      turn.encoder.end(out);
      advance(out);
    },
  };
}
