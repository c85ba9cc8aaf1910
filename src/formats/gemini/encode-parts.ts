import type { Block, ChatEvent } from "../../chat/event.ts";
import { type Json, type JsonObject, parseJson } from "../../chat/json.ts";
import type { ToolCallPart } from "../../chat/message.ts";
import { toolInput } from "../tools.ts";
import { present } from "./wire.ts";

export type CallWords = Pick<ToolCallPart, "id" | "name" | "signature" | "custom">;

/** Arguments are an object here; free text stands in its `input`, and so does what is no object. */
export function encodeCall(call: CallWords, text: string): JsonObject {
  const { id, name, signature } = call;
  const args = call.custom ? { input: text } : (toolInput(text) ?? { input: text });
  return {
    functionCall: { ...(id !== "" && { id }), name, args },
    ...present("thoughtSignature", signature),
  };
}

/** Undefined for what is not JSON. */
export function parsed(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}

export function textPart(text: string, signature?: string): JsonObject {
  return { text, ...present("thoughtSignature", signature) };
}

export function thoughtPart(text: string, signature?: string): JsonObject {
  return { text, thought: true, ...present("thoughtSignature", signature) };
}

export type DeltaEvent = Extract<
  ChatEvent,
  { type: "text-delta" | "reasoning-delta" | "tool-call-delta" }
>;

/** Writes a chunk around the JSON text of one part. */
export interface ChunkWriter {
  part(json: string): string;
  scored(json: string, logprobs: readonly Json[]): string;
}

/** Gives chunks as JSON text. */
export interface BlockEncoder {
  delta(event: DeltaEvent): readonly string[];
  end(): readonly string[];
}

const NOTHING: readonly string[] = [];

export function blockEncoder(block: Block, writer: ChunkWriter): BlockEncoder {
  switch (block.kind) {
    case "text":
      return block.signature === undefined
        ? proseEncoder(writer)
        : signedEncoder(block.signature, writer);
    case "refusal":
      return proseEncoder(writer);
    case "reasoning":
      return reasoningEncoder(writer);
    case "tool-call":
      return callEncoder(block, writer);
  }
}

function proseEncoder(writer: ChunkWriter): BlockEncoder {
  return {
    delta(event) {
      if (event.type !== "text-delta") return NOTHING;
      const part = `{"text":${JSON.stringify(event.text)}}`;
      return [event.logprobs ? writer.scored(part, event.logprobs) : writer.part(part)];
    },
    end: () => NOTHING,
  };
}

/** A signature stands on one part, the last: that one is held back until it is known to be it. */
function signedEncoder(signature: string, writer: ChunkWriter): BlockEncoder {
  const prose = proseEncoder(writer);
  let held: Extract<DeltaEvent, { type: "text-delta" }> | undefined;
  return {
    delta(event) {
      if (event.type !== "text-delta") return NOTHING;
      const before = held ? prose.delta(held) : NOTHING;
      held = event;
      return before;
    },
    end() {
      const part = JSON.stringify(textPart(held?.text ?? "", signature));
      return [held?.logprobs ? writer.scored(part, held.logprobs) : writer.part(part)];
    },
  };
}

function reasoningEncoder(writer: ChunkWriter): BlockEncoder {
  let signature: string | undefined;
  return {
    delta(event) {
      if (event.type !== "reasoning-delta") return NOTHING;
      signature = event.signature ?? signature;
      if (event.text === undefined || event.text === "") return NOTHING;
      return [writer.part(`{"text":${JSON.stringify(event.text)},"thought":true}`)];
    },
    end() {
      if (signature === undefined) return NOTHING;
      return [writer.part(JSON.stringify(thoughtPart("", signature)))];
    },
  };
}

/** A call goes out whole: Gemini has no pieces of arguments unless the client asked for them. */
function callEncoder(
  block: Extract<Block, { kind: "tool-call" }>,
  writer: ChunkWriter,
): BlockEncoder {
  let text = "";
  return {
    delta(event) {
      if (event.type === "tool-call-delta") text += event.arguments;
      return NOTHING;
    },
    end: () => [writer.part(JSON.stringify(encodeCall(block, text)))],
  };
}
