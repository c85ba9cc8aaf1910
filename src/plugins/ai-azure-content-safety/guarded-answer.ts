import { collect } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { type Flow, flowOf } from "../../framing/flow.ts";
import { batchesOf, decodedResponse } from "../../gateway/answer/client-answer.ts";
import { isModelAnswer } from "../../gateway/answer/observed-answer.ts";
import type { Call } from "../../gateway/call/call.ts";
import { commonFormat } from "../../gateway/call/client-format.ts";
import { errorReply } from "../../gateway/call/error-reply.ts";
import { askedOperation } from "../../gateway/call/operation.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { isAnsweredWith } from "../../providers/operations.ts";
import { settledUsage } from "../../telemetry/estimate.ts";
import { guardedStream } from "./guarded-stream.ts";

/** Gives why a text may not pass; undefined stands for one that nobody can read. Throws a `GatewayError`. */
export type JudgeAnswer = (text: string | undefined) => Promise<GatewayError | undefined>;

/** The answer once it was looked at, or as it is looked at; or in its place the refusal. */
export async function guardedAnswer(
  reply: Reply,
  call: Call,
  judge: JudgeAnswer,
  bufferBytes: number,
): Promise<Reply> {
  const { prompt, status } = reply;
  if (status >= 400) return reply;
  const { record } = call;
  try {
    if (isModelAnswer(reply) && prompt?.stream) return streamed(reply, call, judge, bufferBytes);
    const seen = isModelAnswer(reply) ? await wholeAnswer(reply) : { reply, text: unspoken(reply) };
    const refusal = await judge(seen.text);
    if (!refusal) return seen.reply;
    throw refusal;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === "client_aborted") throw error;
    record.error = error;
    record.source = "gateway";
    return errorReply(error, prompt?.format ?? commonFormat, call.id);
  }
}

function streamed(reply: Reply, { record }: Call, judge: JudgeAnswer, bufferBytes: number): Reply {
  const ended = (error: GatewayError) => {
    record.cutShort = true;
    record.error = error;
  };
  const batches = guardedStream(batchesOf(reply.body), {
    judge,
    bufferBytes,
    cut(refusal) {
      ended(refusal);
      const { ai } = record;
      return ai && { type: "usage", usage: settledUsage(record, ai) };
    },
    failed: ended,
  });
  return { ...reply, body: { type: "events", batches } };
}

/** An answer and what it says. */
interface Seen {
  readonly reply: Reply;
  readonly text: string;
}

async function wholeAnswer(reply: Reply): Promise<Seen> {
  const { body } = reply;
  if (body.type === "whole") return { reply, text: textOf(decodedResponse(body)) };
  const events = await all(batchesOf(body));
  const text = textOf(collect(events));
  return { reply: { ...reply, body: { type: "events", batches: flowOf(events) } }, text };
}

async function all(batches: Flow<readonly ChatEvent[]>): Promise<readonly ChatEvent[]> {
  const events: ChatEvent[] = [];
  await batches.pump((batch) => {
    events.push(...batch);
    return undefined;
  });
  return events;
}

/** What the client sees of it: the answers' own words, and what a model thinks aloud. */
function textOf({ choices }: ChatResponse): string {
  const parts = choices.flatMap(({ content }) => content);
  const texts = parts.map((part) => ("text" in part ? part.text : ""));
  return texts.filter((text) => text !== "").join("; ");
}

/**
 * What another plugin put in the place of a model's answer is text, and vectors say nothing. What comes of
 * a service that no proxy plugin asked is not read here.
 */
function unspoken({ body, prompt }: Reply): string | undefined {
  if (!prompt || body.type !== "whole") return undefined;
  return isForVectors(prompt) ? "" : new TextDecoder().decode(body.bytes);
}

function isForVectors(prompt: Prompt): boolean {
  const asked = askedOperation(prompt);
  return asked !== undefined && isAnsweredWith("vectors", asked);
}
