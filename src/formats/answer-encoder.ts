import type { GatewayError } from "../chat/error.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { Usage } from "../chat/usage.ts";
import type { Stage } from "../framing/stage.ts";

type EventOf<Type extends ChatEvent["type"]> = Extract<ChatEvent, { type: Type }>;

/** What a dialect writes for the events of an answer, onto `out`; `Open` is what it keeps of an open block. */
export interface AnswerWriter<Open, Out> {
  start?(event: EventOf<"message-start">, out: Out[]): void;
  /** Undefined for a block that this dialect does not tell: nothing more is written of it. */
  open(event: EventOf<"block-start">, out: Out[]): Open | undefined;
  text(block: Open, event: EventOf<"text-delta">, out: Out[]): void;
  reasoning?(block: Open, event: EventOf<"reasoning-delta">, out: Out[]): void;
  arguments?(block: Open, event: EventOf<"tool-call-delta">, out: Out[]): void;
  annotation?(block: Open, event: EventOf<"annotation">, out: Out[]): void;
  close?(block: Open, out: Out[]): void;
  finish?(event: EventOf<"finish">, out: Out[]): void;
  usage?(event: EventOf<"usage">): void;
  fail(error: GatewayError): Out;
  /** The end of an answer that did not fail. */
  end(told: Told, out: Out[]): void;
}

/** What most dialects tell last, whenever it came. */
export interface Told {
  readonly finish?: EventOf<"finish"> | undefined;
  readonly usage?: Usage | undefined;
}

/** Streams of a dialect that has one answer: blocks and finishes of further choices are left out. */
export function answerEncoder<Open, Out>(writer: AnswerWriter<Open, Out>): Stage<ChatEvent, Out> {
  const blocks = new Map<number, Open>();
  let finish: EventOf<"finish"> | undefined;
  let usage: Usage | undefined;
  let failed = false;

  function push(event: ChatEvent): readonly Out[] {
    const out: Out[] = [];
    switch (event.type) {
      case "text-delta": {
        const block = blocks.get(event.index);
        if (block !== undefined) writer.text(block, event, out);
        return out;
      }
      case "reasoning-delta": {
        const block = blocks.get(event.index);
        if (block !== undefined) writer.reasoning?.(block, event, out);
        return out;
      }
      case "tool-call-delta": {
        const block = blocks.get(event.index);
        if (block !== undefined) writer.arguments?.(block, event, out);
        return out;
      }
      case "annotation": {
        const block = blocks.get(event.index);
        if (block !== undefined) writer.annotation?.(block, event, out);
        return out;
      }
      case "message-start":
        writer.start?.(event, out);
        return out;
      case "block-start": {
        const block = event.choice === 0 ? writer.open(event, out) : undefined;
        if (block !== undefined) blocks.set(event.index, block);
        return out;
      }
      case "block-end": {
        const block = blocks.get(event.index);
        blocks.delete(event.index);
        if (block !== undefined) writer.close?.(block, out);
        return out;
      }
      case "finish":
        if (event.choice !== 0) return out;
        finish = event;
        writer.finish?.(event, out);
        return out;
      case "usage":
        usage = event.usage;
        writer.usage?.(event);
        return out;
      case "error":
        failed = true;
        out.push(writer.fail(event.error));
        return out;
    }
  }

  function end(): readonly Out[] {
    const out: Out[] = [];
    if (!failed) writer.end({ finish, usage }, out);
    return out;
  }

  return { push, end };
}
