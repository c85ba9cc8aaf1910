import type { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { awsMessageWriter } from "../../framing/aws-event-stream-encoder.ts";
import type { Stage } from "../../framing/stage.ts";
import { answerEncoder } from "../answer-encoder.ts";
import { encodeCitation } from "./citations.ts";
import { streamExceptionOf } from "./errors.ts";
import { toBlob } from "./media-types.ts";
import { encodeTier, encodeUsage } from "./response.ts";
import { toWireId } from "./tools.ts";
import { encodeFinish, FORMAT_NAME } from "./wire.ts";

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
  let count = 0;
  let hasCalls = false;
  let extra: JsonObject = {};

  function keepOwn(event: Pick<ChatResponse, "extra" | "extraFormat">) {
    if (event.extraFormat === FORMAT_NAME) extra = { ...extra, ...event.extra };
  }

  return answerEncoder<OpenBlock, Uint8Array>({
    start(event, out) {
      keepOwn(event);
      out.push(messageStart('{"role":"assistant"}'));
    },
    open({ block }, out) {
      const number = count++;
      const head = `{"contentBlockIndex":${number},"delta":{`;
      switch (block.kind) {
        case "text":
        case "refusal":
          return { number, prefix: `${head}"text":`, suffix: "}}" };
        case "reasoning":
          if (block.redacted !== undefined) out.push(redactedDelta(number, block.redacted));
          return { number, prefix: `${head}"reasoningContent":{"text":`, suffix: "}}}" };
        case "tool-call": {
          hasCalls = true;
          const toolUse = { toolUseId: toWireId(block.id), name: block.name };
          const start = { contentBlockIndex: number, start: { toolUse } };
          out.push(blockStart(JSON.stringify(start)));
          return { number, prefix: `${head}"toolUse":{"input":`, suffix: "}}}" };
        }
      }
    },
    text: (block, { text }, out) => say(block, text, out),
    arguments: (block, event, out) => say(block, event.arguments, out),
    reasoning(block, { text = "", signature, redacted }, out) {
      say(block, text, out);
      if (signature !== undefined) {
        out.push(delta(block.number, { reasoningContent: { signature } }));
      }
      if (redacted !== undefined) out.push(redactedDelta(block.number, redacted));
    },
    annotation({ number }, { annotation }, out) {
      out.push(delta(number, { citation: encodeCitation(annotation) }));
    },
    close({ number }, out) {
      out.push(blockStop(`{"contentBlockIndex":${number}}`));
    },
    usage: keepOwn,
    finish({ reason, raw }, out) {
      const stopReason = encodeFinish(reason, raw, hasCalls);
      const { additionalModelResponseFields, ...rest } = extra;
      extra = rest;
      out.push(messageStop(JSON.stringify({ stopReason, additionalModelResponseFields })));
    },
    fail: exceptionMessage,
    /** The latency is 0: another vendor's answer tells none, and clients read the member unasked. */
    end({ usage }, out) {
      if (!usage) return;
      const wire = { usage: encodeUsage(usage), metrics: { latencyMs: 0 }, ...encodeTier(usage) };
      out.push(metadata(JSON.stringify({ ...wire, ...extra })));
    },
  });
}

function say({ prefix, suffix }: OpenBlock, text: string, out: Uint8Array[]) {
  if (text !== "") out.push(blockDelta(prefix + JSON.stringify(text) + suffix));
}

function delta(number: number, members: JsonObject): Uint8Array {
  return blockDelta(JSON.stringify({ contentBlockIndex: number, delta: members }));
}

function redactedDelta(number: number, redacted: string): Uint8Array {
  return delta(number, { reasoningContent: { redactedContent: toBlob(redacted) } });
}
