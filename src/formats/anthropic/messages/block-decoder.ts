import type { Block, ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import { decodeCitation } from "./citations.ts";
import { isJsonAnswer, stringOf } from "./response.ts";

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
