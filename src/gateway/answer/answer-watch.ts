import { collector } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerDecoder } from "../../formats/answer-stream.ts";
import type { AiRecord } from "../../telemetry/call-record.ts";
import { observeEvents } from "../call/ai-record.ts";
import { answerContext } from "../call/answer-context.ts";
import type { Call } from "../call/call.ts";
import type { Deadline, Deadlines } from "../call/clocks.ts";
import type { Prompt } from "../call/prompt.ts";
import type { AnswerObserver } from "../call/reply.ts";
import type { Incoming } from "../call/upstream.ts";
import { noteFailure } from "../upstream/exchange.ts";
import { upstreamError } from "../upstream/provider-fault.ts";

/** Largest stream, decoded: a vendor that never ends must not hold a client for ever. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024;

/** How long a whole answer may stay open for the vendor to end it. */
const LINGER_MS = 1_000;

/** How long after the finish a report of usage may come where nothing else says that the answer is whole. */
const AFTER_FINISH_MS = 5_000;

export type StreamWatch = ReturnType<typeof watchStream>;

/** Clocks, size and record of one stream. */
export function watchStream(incoming: Incoming, decoder: AnswerDecoder, call: Call, ai: AiRecord) {
  const { record, clocks } = call;
  const { deadlines } = call.processState;
  const attempt = record.attempts.at(-1);
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + clocks.streamTotalMs;
  let byteLength = 0;
  let finished = false;
  const choices = choicesAsked(call);
  /** Every choice is: only a report of usage and the end may follow. */
  let isFinished = false;
  let tellOver: (() => void) | undefined;
  /** When the next byte is due, and when the next event that says something. */
  let byteDueMs = startedAtMs + clocks.readMs;
  let eventDueMs = startedAtMs + clocks.firstEventMs;
  /** Of the last byte. */
  let arrivedAtMs = startedAtMs;
  const deadline: Deadline = {
    atMs: Math.min(byteDueMs, eventDueMs, endsAtMs),
    expire() {
      if (isFinished && tellOver) tellOver();
      else incoming.abort(stalled());
    },
    abort: incoming.abort,
  };
  deadlines.watch(deadline);
  let isHeld = false;
  const wait = () => {
    deadline.atMs = isHeld ? endsAtMs : Math.min(byteDueMs, eventDueMs, endsAtMs);
  };
  /** How long the vendor may say nothing now. */
  const quietMs = () => (isFinished ? Math.min(clocks.idleMs, AFTER_FINISH_MS) : clocks.idleMs);
  const observers: AnswerObserver[] = [];
  if (ai.payloads && call.prompt) observers.push(streamPayload(ai, call, call.prompt));
  const tellEnd = (isWhole: boolean) => {
    for (const observer of observers.splice(0)) {
      observer.end(isWhole && record.streamError === undefined);
    }
  };
  const watching = {
    /** The stream said itself that it failed. */
    failed: false,
    /** While the client takes its bytes the vendor is not to blame for silence. */
    heldBy(client: Promise<void>): Promise<void> {
      isHeld = true;
      deadline.atMs = endsAtMs;
      return client.then(() => {
        isHeld = false;
        const nowMs = performance.now();
        byteDueMs = nowMs + clocks.readMs;
        eventDueMs = nowMs + quietMs();
        wait();
      });
    },
    /** Throws when the stream has grown too long. */
    arrived(chunk: Uint8Array): void {
      arrivedAtMs = performance.now();
      byteDueMs = arrivedAtMs + clocks.readMs;
      wait();
      byteLength += chunk.byteLength;
      if (byteLength <= MAX_STREAM_BYTES) return;
      throw new GatewayError(
        "upstream_bad_response",
        "the upstream's stream is longer than 64 MiB",
        { status: 502 },
      );
    },
    /** What the decoder made of the last bytes. True when that says something. */
    saw(events: readonly ChatEvent[]): boolean {
      const wasFinished = isFinished;
      isFinished = decoder.finishedChoices() >= choices;
      const isNews = isFinished && !wasFinished;
      if (isNews) ai.isFinished = true;
      if (events.length === 0 && !isNews) return false;
      for (const observer of observers) observer.events(events);
      const semantic = observeEvents(ai, events) || isNews;
      if (semantic) {
        eventDueMs = arrivedAtMs + quietMs();
        wait();
      }
      const last = events[events.length - 1];
      if (last?.type === "error") {
        watching.failed = true;
        record.streamError = last.error;
        noteFailure(attempt, last.error);
      }
      return semantic;
    },
    /** The vendor's connection broke. Throws that, unless every choice has finished: then the answer is whole. */
    lost(cause: unknown): void {
      if (!isFinished || upstreamError(cause).code !== "upstream_reset") throw cause;
    },
    /** `tell` is called when every choice has finished and the vendor neither says more nor ends the answer. */
    whenOver(tell: () => void): void {
      tellOver = tell;
    },
    /** What to tell the client of a break; nothing when it was the client that left. */
    broke(cause: unknown): GatewayError | undefined {
      const error = upstreamError(cause);
      if (error.code === "client_aborted") return undefined;
      record.streamError = error;
      noteFailure(attempt, error);
      return error;
    },
    /** Shows it what is seen from now on. */
    observe(observer: AnswerObserver): void {
      observers.push(observer);
    },
    /** All was handed over. */
    ended: () => tellEnd(true),
    stop(): void {
      if (finished) return;
      finished = true;
      tellEnd(false);
      giveUp(incoming, deadline, deadlines);
    },
    /** The answer is whole. An exchange that ends by itself now leaves its connection to the next. */
    linger(ended: Promise<void>): void {
      if (finished) return;
      finished = true;
      tellOver = undefined;
      tellEnd(true);
      deadline.atMs = Math.min(endsAtMs, performance.now() + Math.min(clocks.idleMs, LINGER_MS));
      const over = () => giveUp(incoming, deadline, deadlines);
      ended.then(over, over);
    },
  };
  return watching;
}

function choicesAsked({ prompt }: Call): number {
  return prompt ? prompt.format.intent.choiceCount(prompt.wire) : 1;
}

function giveUp(incoming: Incoming, deadline: Deadline, deadlines: Deadlines): void {
  deadlines.unwatch(deadline);
  incoming.abort(new GatewayError("client_aborted", "the client closed the stream"));
}

function stalled(): GatewayError {
  return new GatewayError("upstream_stalled", "the upstream stopped sending");
}

/**
 * Writes a stream down for the log as the whole answer that it amounts to, in the client's dialect.
 * As in the reference, it names no model and has all text once more under `response`. What was said before
 * it broke is written too.
 */
function streamPayload(ai: AiRecord, call: Call, prompt: Prompt): AnswerObserver {
  const { format } = prompt;
  const answer = collector();
  return {
    events(events) {
      for (const event of events) if (event.type !== "error") answer.push(event);
    },
    end() {
      const response = said(() => answer.finish());
      if (!response) return;
      const context = answerContext(call, true, prompt);
      const { model: _, ...wire } = format.encodeResponse(response, context);
      ai.payloadResponse = JSON.stringify({ ...wire, response: textOf(response) });
    },
  };
}

function said(finish: () => ChatResponse): ChatResponse | undefined {
  try {
    return finish();
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

function textOf({ choices }: ChatResponse): string {
  const parts = choices.flatMap(({ content }) => content);
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
