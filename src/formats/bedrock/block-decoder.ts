import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import { decodeCitation } from "./citations.ts";
import { fromBlob, type Sketch, sketch } from "./media-types.ts";
import { callHead, isServerTool } from "./response.ts";
import { JSON_OUTPUT } from "./tools.ts";
import { UNDECODABLE } from "./wire.ts";

/** One content block of a stream, by its `contentBlockIndex`. */
export interface BlockDecoder {
  start(start: JsonObject, events: ChatEvent[]): void;
  delta(delta: JsonObject, events: ChatEvent[]): void;
  end(events: ChatEvent[]): void;
}

export interface AnswerState {
  nextIndex(): number;
  /** A tool of the client's was called. */
  called(): void;
}

type Kind = "text" | "reasoning" | "tool-call" | "json-output" | "picture" | "hidden";

/**
 * Text and reasoning begin with their first delta, without a start. A block's index is given when
 * it first says something, so a block that says nothing leaves no trace.
 */
export function blockDecoder(number: number, answer: AnswerState): BlockDecoder {
  let kind: Kind | undefined;
  let index = -1;
  let signature = "";
  let hasInput = false;
  let picture: Sketch | undefined;

  function open(as: "text" | "reasoning", events: ChatEvent[]) {
    if (kind === as) return;
    end(events);
    kind = as;
    index = answer.nextIndex();
    events.push({ type: "block-start", index, choice: 0, block: { kind: as } });
  }

  function startTool(call: JsonObject, events: ChatEvent[]) {
    end(events);
    hasInput = false;
    if (isServerTool(call)) {
      kind = "hidden";
      return;
    }
    index = answer.nextIndex();
    if (call.name === JSON_OUTPUT) {
      kind = "json-output";
      events.push({ type: "block-start", index, choice: 0, block: { kind: "text" } });
      return;
    }
    kind = "tool-call";
    answer.called();
    const block = { kind: "tool-call", ...callHead(call, number) } as const;
    events.push({ type: "block-start", index, choice: 0, block });
  }

  function start(start: JsonObject, events: ChatEvent[]) {
    if (isJsonObject(start.toolUse)) startTool(start.toolUse, events);
    else if (isJsonObject(start.image)) startPicture(start.image, events);
    else if (start.toolResult) {
      end(events);
      kind = "hidden";
    }
  }

  function startPicture(image: JsonObject, events: ChatEvent[]): Sketch {
    end(events);
    kind = "picture";
    picture = sketch(image);
    return picture;
  }

  function draw(delta: JsonObject, events: ChatEvent[]) {
    if (kind !== "hidden") (picture ?? startPicture({}, events)).add(delta);
  }

  function endPicture(events: ChatEvent[]) {
    const text = picture?.text() ?? "";
    picture = undefined;
    if (text === "") return;
    index = answer.nextIndex();
    events.push({ type: "block-start", index, choice: 0, block: { kind: "text" } });
    events.push({ type: "text-delta", index, text });
    events.push({ type: "block-end", index });
  }

  function say(text: string, events: ChatEvent[]) {
    if (text === "" || kind === "hidden") return;
    open("text", events);
    events.push({ type: "text-delta", index, text });
  }

  function input(call: JsonObject, events: ChatEvent[]) {
    const text = call.input;
    if (typeof text !== "string" || text === "" || kind === "hidden") return;
    // Whatever was meant to be called, nobody can call it without its name.
    if (kind !== "tool-call" && kind !== "json-output") {
      throw new GatewayError("upstream_bad_response", UNDECODABLE);
    }
    hasInput = true;
    events.push(
      kind === "json-output"
        ? { type: "text-delta", index, text }
        : { type: "tool-call-delta", index, arguments: text },
    );
  }

  function think(wire: JsonObject, events: ChatEvent[]) {
    if (typeof wire.text === "string" && wire.text !== "") {
      open("reasoning", events);
      events.push({ type: "reasoning-delta", index, text: wire.text });
    }
    if (typeof wire.signature === "string" && wire.signature !== "") {
      open("reasoning", events);
      signature += wire.signature;
      events.push({ type: "reasoning-delta", index, signature });
    }
    if (typeof wire.redactedContent === "string") {
      end(events);
      kind = "reasoning";
      index = answer.nextIndex();
      const redacted = fromBlob(wire.redactedContent);
      const block = { kind: "reasoning", redacted } as const;
      events.push({ type: "block-start", index, choice: 0, block });
    }
  }

  function delta(delta: JsonObject, events: ChatEvent[]) {
    if (typeof delta.text === "string") say(delta.text, events);
    else if (isJsonObject(delta.toolUse)) input(delta.toolUse, events);
    else if (isJsonObject(delta.reasoningContent)) think(delta.reasoningContent, events);
    else if (isJsonObject(delta.image)) draw(delta.image, events);
    else if (isJsonObject(delta.citation) && kind !== "hidden") {
      open("text", events);
      events.push({ type: "annotation", index, annotation: decodeCitation(delta.citation) });
    }
  }

  /** A call without arguments has the empty object, as in an answer that comes whole. */
  function end(events: ChatEvent[]) {
    const was = kind;
    kind = undefined;
    signature = "";
    switch (was) {
      case undefined:
      case "hidden":
        return;
      case "picture":
        endPicture(events);
        return;
      case "tool-call":
        if (!hasInput) events.push({ type: "tool-call-delta", index, arguments: "{}" });
        break;
      case "json-output":
        if (!hasInput) events.push({ type: "text-delta", index, text: "{}" });
        break;
      case "text":
      case "reasoning":
        break;
    }
    events.push({ type: "block-end", index });
  }

  return { start, delta, end };
}
