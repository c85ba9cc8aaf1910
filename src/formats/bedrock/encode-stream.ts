import type { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { Usage } from "../../chat/usage.ts";
import { awsMessageWriter } from "../../framing/aws-event-stream-encoder.ts";
import type { Stage } from "../../framing/stage.ts";
import { toBlob } from "./blob.ts";
import { encodeCitation } from "./citations.ts";
import { streamExceptionOf } from "./errors.ts";
import { encodeFinish } from "./finish.ts";
import { toWireId } from "./tool-names.ts";
import { encodeTier, encodeUsage } from "./usage.ts";
import { FORMAT_NAME } from "./wire.ts";

const encoder = new TextEncoder();

function eventWriter(type: string): (json: string) => Uint8Array {
  const write = awsMessageWriter({
    ":event-type": type,
    ":content-type": "application/json",
    ":message-type": "event",
  });
  return (json) => write(encoder.encode(json));
}

const messageStart = eventWriter("messageStart");
const blockStart = eventWriter("contentBlockStart");
const blockDelta = eventWriter("contentBlockDelta");
const blockStop = eventWriter("contentBlockStop");
const messageStop = eventWriter("messageStop");
const metadata = eventWriter("metadata");

function exceptionMessage(error: GatewayError): Uint8Array {
  const write = awsMessageWriter({
    ":exception-type": streamExceptionOf(error),
    ":content-type": "application/json",
    ":message-type": "exception",
  });
  return write(encoder.encode(JSON.stringify({ message: error.message })));
}

interface OpenBlock {
  readonly number: number;
  /** What stands before and after the JSON of the text. */
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * The events of https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html.
 * Converse has one answer: the first. The usage comes last, asked for or not.
 */
export function streamEncoder(): Stage<ChatEvent, Uint8Array> {
  const open = new Map<number, OpenBlock>();
  let count = 0;
  let hasCalls = false;
  let usage: Usage | undefined;
  let extra: JsonObject = {};
  let failed = false;

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>): Uint8Array[] {
    if (event.choice !== 0) return [];
    const { block } = event;
    const number = count;
    count++;
    const head = `{"contentBlockIndex":${number},"delta":{`;
    switch (block.kind) {
      case "text":
      case "refusal":
        open.set(event.index, { number, prefix: `${head}"text":`, suffix: "}}" });
        return [];
      case "reasoning": {
        const prefix = `${head}"reasoningContent":{"text":`;
        open.set(event.index, { number, prefix, suffix: "}}}" });
        return block.redacted === undefined ? [] : [redactedDelta(number, block.redacted)];
      }
      case "tool-call": {
        hasCalls = true;
        const prefix = `${head}"toolUse":{"input":`;
        open.set(event.index, { number, prefix, suffix: "}}}" });
        const toolUse = { toolUseId: toWireId(block.id), name: block.name };
        return [blockStart(JSON.stringify({ contentBlockIndex: number, start: { toolUse } }))];
      }
    }
  }

  function templated(index: number, text: string): Uint8Array[] {
    const block = open.get(index);
    if (!block || text === "") return [];
    return [blockDelta(block.prefix + JSON.stringify(text) + block.suffix)];
  }

  function reason(event: Extract<ChatEvent, { type: "reasoning-delta" }>): Uint8Array[] {
    const block = open.get(event.index);
    if (!block) return [];
    const { text = "", signature, redacted } = event;
    const chunks = templated(event.index, text);
    if (signature !== undefined) {
      chunks.push(delta(block.number, { reasoningContent: { signature } }));
    }
    if (redacted !== undefined) chunks.push(redactedDelta(block.number, redacted));
    return chunks;
  }

  function keepOwn(event: Pick<ChatResponse, "extra" | "extraFormat">) {
    if (event.extraFormat === FORMAT_NAME) extra = { ...extra, ...event.extra };
  }

  function push(event: ChatEvent): readonly Uint8Array[] {
    switch (event.type) {
      case "text-delta":
        return templated(event.index, event.text);
      case "tool-call-delta":
        return templated(event.index, event.arguments);
      case "reasoning-delta":
        return reason(event);
      case "annotation": {
        const block = open.get(event.index);
        return block ? [delta(block.number, { citation: encodeCitation(event.annotation) })] : [];
      }
      case "message-start":
        keepOwn(event);
        return [messageStart('{"role":"assistant"}')];
      case "block-start":
        return startBlock(event);
      case "block-end": {
        const block = open.get(event.index);
        open.delete(event.index);
        return block ? [blockStop(`{"contentBlockIndex":${block.number}}`)] : [];
      }
      case "usage":
        usage = event.usage;
        keepOwn(event);
        return [];
      case "finish": {
        if (event.choice !== 0) return [];
        const stopReason = encodeFinish(event.reason, event.raw, hasCalls);
        const { additionalModelResponseFields, ...rest } = extra;
        extra = rest;
        return [messageStop(JSON.stringify({ stopReason, additionalModelResponseFields }))];
      }
      case "error":
        failed = true;
        return [exceptionMessage(event.error)];
    }
  }

  /** The latency is 0: another vendor's answer tells none, and clients read the member unasked. */
  function end(): readonly Uint8Array[] {
    if (failed || !usage) return [];
    const wire = { usage: encodeUsage(usage), metrics: { latencyMs: 0 }, ...encodeTier(usage) };
    return [metadata(JSON.stringify({ ...wire, ...extra }))];
  }

  return { push, end };
}

function delta(number: number, members: JsonObject): Uint8Array {
  return blockDelta(JSON.stringify({ contentBlockIndex: number, delta: members }));
}

function redactedDelta(number: number, redacted: string): Uint8Array {
  return delta(number, { reasoningContent: { redactedContent: toBlob(redacted) } });
}
