import { GatewayError } from "../../../chat/error.ts";
import type { Block, ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { sseDecoder } from "../../../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  type Ending,
  truncated,
  wholeAnswer,
} from "../../answer-stream.ts";
import { strayError } from "../../error-object.ts";
import { finishWord } from "../../finish-word.ts";
import type { StreamDecoderContext } from "../../wire-format.ts";
import { decodeAnthropicError, tellsAnthropicError } from "../error.ts";
import { decodeCitation } from "./citations.ts";
import { decodeResponse, isJsonAnswer, refusalOf, responseHead, stringOf } from "./response.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";
import { decodeFinish, UNDECODABLE } from "./wire.ts";

const WIRE_TEXT = { parse: JSON.parse, undecodable: UNDECODABLE };

/** https://platform.claude.com/docs/en/build-with-claude/streaming, or one whole answer as JSON. */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, WIRE_TEXT);
  const stream = { ...WIRE_TEXT, frames: sseDecoder(), reader: answerReader() };
  return answerStream({
    ...stream,
    textOf: ({ data }) => data,
    tellsError: tellsAnthropicError,
    leadOf: ({ event }) => `event: ${event}\ndata: `,
  });
}

/** The block that a delta needs; a call's needs a name as well. */
const KINDS: ReadonlyMap<Json | undefined, string> = new Map([
  ["text_delta", "text"],
  ["citations_delta", "text"],
  ["thinking_delta", "thinking"],
  ["signature_delta", "thinking"],
]);

export function answerReader(): AnswerReader {
  /** By the vendor's block number; undefined for a block that has no seat. */
  const blocks = new Map<Json | undefined, BlockDecoder | undefined>();
  let index = 0;
  let started = false;
  let spoke = false;
  let isOver = false;
  const finish = finishWord();
  let explanation: string | undefined;
  let calls = 0;
  let jsonAnswers = 0;
  let usage: JsonObject | undefined;

  function start(message: JsonObject, events: ChatEvent[]) {
    if (started) return;
    started = true;
    events.push({ type: "message-start", ...responseHead(message) });
    if (!isJsonObject(message.usage)) return;
    usage = message.usage;
    // The count of output at the start is provisional: it must not outlive a stream that breaks.
    const { completionTokens: _, ...begun } = decodeUsage(usage);
    const counted = { ...begun, completionTokens: 0, totalTokens: begun.promptTokens };
    events.push({ type: "usage", usage: counted });
  }

  function startBlock(number: Json | undefined, wire: JsonObject, events: ChatEvent[]) {
    blocks.get(number)?.end(events);
    const decoder = blockDecoder(wire, index);
    blocks.set(number, decoder);
    if (!decoder) return;
    index++;
    spoke = true;
    if (isJsonAnswer(wire)) jsonAnswers++;
    else if (wire.type === "tool_use") calls++;
    decoder.start(events);
  }

  /** Servers that are not quite alike leave out where a block begins. */
  function blockOf(number: Json | undefined, delta: JsonObject, events: ChatEvent[]) {
    if (!blocks.has(number)) {
      const kind = KINDS.get(delta.type);
      if (!started || kind === undefined) throw outOfOrder();
      startBlock(number, { type: kind }, events);
    }
    return blocks.get(number);
  }

  function endBlock(number: Json | undefined, events: ChatEvent[]) {
    blocks.get(number)?.end(events);
    blocks.delete(number);
  }

  function endBlocks(events: ChatEvent[]) {
    for (const number of [...blocks.keys()]) endBlock(number, events);
  }

  function refuse(text: string, events: ChatEvent[]) {
    events.push({ type: "block-start", index, choice: 0, block: { kind: "refusal" } });
    events.push({ type: "text-delta", index, text });
    events.push({ type: "block-end", index });
    index++;
  }

  function messageDelta(wire: JsonObject, events: ChatEvent[]) {
    if (isJsonObject(wire.usage)) {
      usage = mergeUsage(usage ?? {}, wire.usage);
      events.push({ type: "usage", usage: decodeUsage(usage) });
    }
    const delta = isJsonObject(wire.delta) ? wire.delta : {};
    const word = delta.stop_reason;
    if (typeof word !== "string") return;
    explanation = refusalOf(delta.stop_details) ?? explanation;
    finish.hear({ reason: decodeFinish(word, calls === 0 && jsonAnswers > 0), raw: word });
  }

  /** The last event stands for a missing stop reason, but not for a missing answer. */
  function end(events: ChatEvent[], ending: Ending) {
    const isWhole = finish.isTold() || (ending === "terminator" && spoke);
    if (!isWhole) throw truncated();
    endBlocks(events);
    if (explanation !== undefined) refuse(explanation, events);
    finish.tell(0, events);
  }

  function push(frame: JsonObject, events: ChatEvent[]) {
    switch (frame.type) {
      case "content_block_delta":
        if (isJsonObject(frame.delta)) {
          blockOf(frame.index, frame.delta, events)?.delta(frame.delta, events);
        }
        return;
      case "ping":
        return;
      case "message_start":
        if (isJsonObject(frame.message)) start(frame.message, events);
        return;
      case "content_block_start":
        if (!started) throw outOfOrder();
        if (isJsonObject(frame.content_block)) {
          startBlock(frame.index, frame.content_block, events);
        }
        return;
      case "content_block_stop":
        endBlock(frame.index, events);
        return;
      case "message_delta":
        if (!started) throw outOfOrder();
        messageDelta(frame, events);
        return;
      case "message_stop":
        isOver = true;
        return;
    }
    if (frame.error) throw decodeAnthropicError(200, frame);
    const stray = strayError(frame);
    if (stray) throw stray;
  }

  return { push, end, over: () => isOver, finishedChoices: () => (finish.isTold() ? 1 : 0) };
}

function outOfOrder(): GatewayError {
  return new GatewayError("upstream_bad_response", UNDECODABLE);
}

/** Reads one content block of a stream. */
export interface BlockDecoder {
  start(events: ChatEvent[]): void;
  delta(wire: JsonObject, events: ChatEvent[]): void;
  end(events: ChatEvent[]): void;
}

/** Undefined for a block that only this vendor has. `wire` is the block as it starts. */
export function blockDecoder(wire: JsonObject, index: number): BlockDecoder | undefined {
  switch (wire.type) {
    case "text":
      return textDecoder(wire, index);
    case "thinking":
      return thinkingDecoder(wire, index);
    case "redacted_thinking":
      return redactedDecoder(wire, index);
    case "tool_use":
      return toolUseDecoder(wire, index);
  }
  return undefined;
}

function begin(index: number, block: Block, events: ChatEvent[]) {
  events.push({ type: "block-start", index, choice: 0, block });
}

function textDecoder(wire: JsonObject, index: number): BlockDecoder {
  return {
    start(events) {
      begin(index, { kind: "text" }, events);
      const text = stringOf(wire.text);
      if (text !== "") events.push({ type: "text-delta", index, text });
    },
    delta(delta, events) {
      if (delta.type === "text_delta" && typeof delta.text === "string") {
        events.push({ type: "text-delta", index, text: delta.text });
      } else if (delta.type === "citations_delta" && isJsonObject(delta.citation)) {
        events.push({ type: "annotation", index, annotation: decodeCitation(delta.citation) });
      }
    },
    end: (events) => events.push({ type: "block-end", index }),
  };
}

/** The signature comes whole, after the words. */
function thinkingDecoder(wire: JsonObject, index: number): BlockDecoder {
  function say(text: unknown, events: ChatEvent[]) {
    if (typeof text !== "string" || text === "") return;
    events.push({ type: "reasoning-delta", index, text });
  }

  function sign(signature: unknown, events: ChatEvent[]) {
    if (typeof signature !== "string" || signature === "") return;
    events.push({ type: "reasoning-delta", index, signature });
  }

  return {
    start(events) {
      begin(index, { kind: "reasoning" }, events);
      say(wire.thinking, events);
      sign(wire.signature, events);
    },
    delta(delta, events) {
      if (delta.type === "thinking_delta") say(delta.thinking, events);
      else if (delta.type === "signature_delta") sign(delta.signature, events);
    },
    end: (events) => events.push({ type: "block-end", index }),
  };
}

function redactedDecoder(wire: JsonObject, index: number): BlockDecoder {
  return {
    start: (events) => begin(index, { kind: "reasoning", redacted: stringOf(wire.data) }, events),
    delta: () => {},
    end: (events) => events.push({ type: "block-end", index }),
  };
}

/** A call without fragments has the input it started with. The JSON answer's input is text. */
function toolUseDecoder(wire: JsonObject, index: number): BlockDecoder {
  const isAnswer = isJsonAnswer(wire);
  let hasInput = false;

  function say(text: string, events: ChatEvent[]) {
    hasInput = true;
    events.push(
      isAnswer
        ? { type: "text-delta", index, text }
        : { type: "tool-call-delta", index, arguments: text },
    );
  }

  return {
    start(events) {
      const call = { id: stringOf(wire.id), name: stringOf(wire.name) };
      begin(index, isAnswer ? { kind: "text" } : { kind: "tool-call", ...call }, events);
    },
    delta(delta, events) {
      const text = delta.type === "input_json_delta" ? delta.partial_json : undefined;
      if (typeof text === "string" && text !== "") say(text, events);
    },
    end(events) {
      if (!hasInput) say(JSON.stringify(wire.input ?? {}), events);
      events.push({ type: "block-end", index });
    },
  };
}
