import type { ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import { madeCallId } from "../../tools.ts";
import type { AnswerState } from "../stream.ts";
import { signatureOf } from "./reasoning.ts";
import { argumentsText } from "./response.ts";

export interface ToolCallDecoder {
  /** Reads one element of a delta's `tool_calls`. */
  push(wire: JsonObject, events: ChatEvent[]): void;
  /** Ends the calls whose arguments are whole. */
  endWhole(events: ChatEvent[]): void;
  endAll(events: ChatEvent[]): void;
}

interface CallState {
  readonly wireId: string | undefined;
  readonly id: string;
  readonly custom: boolean;
  readonly signature: string | undefined;
  /** Undefined until the name is known: a block cannot start without. */
  index: number | undefined;
  arguments: string;
  ended: boolean;
}

/**
 * The tool calls of one choice. They are told apart by the wire's `index`; servers that send none,
 * or 0 for every call, are understood by a new id that comes with a name. A missing or repeated id
 * is replaced, since the client answers by it. A call whose arguments are whole JSON ends when the
 * next thing begins; any other stays open, for deltas of parallel calls may interleave.
 */
export function toolCallDecoder(choice: number, answer: AnswerState): ToolCallDecoder {
  const byIndex = new Map<number, CallState>();
  const calls: CallState[] = [];

  function find(wire: JsonObject, id: string | undefined): CallState | undefined {
    if (typeof wire.index === "number") return byIndex.get(wire.index);
    if (id !== undefined) return calls.findLast((call) => call.wireId === id);
    return calls.at(-1);
  }

  function add(wire: JsonObject, wireId: string | undefined, events: ChatEvent[]): CallState {
    endWhole(events);
    const taken = wireId === undefined || calls.some((call) => call.id === wireId);
    const call: CallState = {
      wireId,
      id: taken ? madeCallId(answer.id, calls.length) : wireId,
      custom: isJsonObject(wire.custom) || wire.type === "custom",
      signature: wire.extra_content ? signatureOf(wire) : undefined,
      index: undefined,
      arguments: "",
      ended: false,
    };
    calls.push(call);
    if (typeof wire.index === "number") byIndex.set(wire.index, call);
    return call;
  }

  function start(call: CallState, name: string, events: ChatEvent[]) {
    const index = answer.nextIndex();
    call.index = index;
    const { id, signature } = call;
    events.push({
      type: "block-start",
      index,
      choice,
      block: {
        kind: "tool-call",
        id,
        name,
        ...(signature !== undefined && { signature }),
        ...(call.custom && { custom: true }),
      },
    });
    if (call.arguments === "") return;
    events.push({ type: "tool-call-delta", index, arguments: call.arguments });
  }

  function push(wire: JsonObject, events: ChatEvent[]) {
    const id = nonEmpty(wire.id);
    const called = wire.custom ?? wire.function;
    const words = isJsonObject(called) ? called : {};
    const name = nonEmpty(words.name);
    const known = find(wire, id);
    const isOther =
      name !== undefined && id !== undefined && known?.wireId !== undefined && known.wireId !== id;
    const call = known && !isOther ? known : add(wire, id, events);
    if (call.ended) return;
    if (call.index === undefined && name !== undefined) start(call, name, events);
    const text = argumentsText(words.arguments ?? words.input);
    if (text === "") return;
    call.arguments += text;
    if (call.index === undefined) return;
    events.push({ type: "tool-call-delta", index: call.index, arguments: text });
  }

  function end(call: CallState, events: ChatEvent[]) {
    if (call.ended) return;
    if (call.index === undefined) start(call, "", events);
    if (call.index !== undefined) events.push({ type: "block-end", index: call.index });
    call.ended = true;
  }

  function endWhole(events: ChatEvent[]) {
    for (const call of calls) {
      if (!call.ended && call.index !== undefined && isWholeJson(call.arguments)) end(call, events);
    }
  }

  function endAll(events: ChatEvent[]) {
    for (const call of calls) end(call, events);
  }

  return { push, endWhole, endAll };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isWholeJson(text: string): boolean {
  if (!text.endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
