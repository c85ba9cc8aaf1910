import { collector } from "../../chat/collect.ts";
import type { ChatEvent } from "../../chat/event.ts";
import { expand } from "../../chat/expand.ts";
import { isJsonObject, parseJson } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerContext, WireFormat } from "../../formats/wire-format.ts";
import { type Flow, flowOf, mapped } from "../../framing/flow.ts";
import { onePiece, type Piece } from "../../framing/stage.ts";
import { answerContext } from "../call/answer-context.ts";
import type { Call } from "../call/call.ts";
import { wantsUsage } from "../call/prompt.ts";
import type { Body, Reply } from "../call/reply.ts";

/** What goes out to the client: bytes, at once or as they come. */
export type ClientAnswer = WholeAnswer | StreamedAnswer;

export interface WholeAnswer {
  readonly type: "whole";
  /** Text where it was written here: the runtime sends it as UTF-8 without a copy of ours. */
  readonly content: Uint8Array | string;
  readonly contentType?: string;
}

export interface StreamedAnswer {
  readonly type: "chunks";
  readonly chunks: Flow<Piece>;
  /** Present for a model's stream. */
  readonly contentType?: string;
}

/**
 * Brings an answer into the client's dialect, and into the mode it asked for. Bytes that are
 * already that pass through as they are.
 */
export function clientAnswer(reply: Reply, call: Call): ClientAnswer | Promise<ClientAnswer> {
  const { body, prompt } = reply;
  if (!prompt || (body.type !== "events" && !body.format)) return asItCame(body);
  if (!prompt.stream && body.type === "whole" && body.format === prompt.format) {
    return { type: "whole", content: body.bytes };
  }
  const context = answerContext(call, wantsUsage(prompt), prompt);
  if (!prompt.stream) return wholeAnswer(body, prompt.format, context, call);
  if (body.type === "chunks" && body.format === prompt.format) {
    return { type: "chunks", chunks: body.chunks, contentType: prompt.format.streamContentType };
  }
  const chunks = encoded(batchesOf(body), prompt.format, context);
  return { type: "chunks", chunks, contentType: prompt.format.streamContentType };
}

function asItCame(body: Body): ClientAnswer {
  if (body.type === "events") throw new TypeError("events need a client dialect");
  return body.type === "whole"
    ? { type: "whole", content: body.bytes }
    : { type: "chunks", chunks: body.chunks };
}

async function wholeAnswer(
  body: Body,
  format: WireFormat,
  context: AnswerContext,
  { record: { ai } }: Call,
): Promise<ClientAnswer> {
  const response = await wholeResponse(body);
  const text = JSON.stringify(format.encodeResponse(response, context));
  // The payload of the log is what the client gets, not what the vendor said.
  if (ai?.payloads) ai.payloadResponse = text;
  return { type: "whole", content: text, contentType: "application/json" };
}

async function wholeResponse(body: Body): Promise<ChatResponse> {
  if (body.type === "whole") return decodedResponse(body);
  const answer = collector();
  await batchesOf(body).pump((events) => {
    for (const event of events) answer.push(event);
    return undefined;
  });
  return answer.finish();
}

/** What a model's whole answer says. Throws for bytes that are none. */
export function decodedResponse(body: Extract<Body, { type: "whole" }>): ChatResponse {
  if (body.response) return body.response;
  const wire = parseJson(new TextDecoder().decode(body.bytes));
  if (!body.format || !isJsonObject(wire)) throw new TypeError("a whole answer that is not JSON");
  return body.format.decodeResponse(wire);
}

/** A model's answer as events, however it is held. Throws for one that is no model's. */
export function batchesOf(body: Body): Flow<readonly ChatEvent[]> {
  switch (body.type) {
    case "events":
      return body.batches;
    case "whole":
      return flowOf(expand(decodedResponse(body)));
    case "chunks": {
      if (!body.format) throw new TypeError("a stream without a format");
      const decoder = body.format.streamDecoder({ contentType: body.format.streamContentType });
      return mapped(body.chunks, decoder.push, decoder.end);
    }
  }
}

/** One piece per batch: what arrived together leaves together. */
function encoded(
  batches: Flow<readonly ChatEvent[]>,
  format: WireFormat,
  context: AnswerContext,
): Flow<Piece> {
  const encoder = format.streamEncoder(context);
  return mapped(
    batches,
    (events) => {
      const pieces: Piece[] = [];
      for (const event of events) for (const piece of encoder.push(event)) pieces.push(piece);
      return said(pieces);
    },
    () => said(encoder.end()),
  );
}

function said(pieces: readonly Piece[]): Piece | undefined {
  return pieces.length > 1 ? onePiece(pieces) : pieces[0];
}
