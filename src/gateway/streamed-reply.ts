import type { GatewayError } from "../chat/error.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { Flow, Write } from "../framing/flow.ts";
import { joined } from "../framing/piece.ts";
import { sseWholeEvents } from "../framing/sse-whole-events.ts";
import type { Stage } from "../framing/stage.ts";
import type { AnswerBody } from "../http-client/exchange.ts";
import { settledUsage } from "../telemetry/estimate.ts";
import { openAiRecord } from "./ai-record.ts";
import { answerContext } from "./answer-context.ts";
import { checkNotCompressed } from "./answer-encoding.ts";
import { answerHeaders } from "./answer-headers.ts";
import type { Call, Prompt } from "./call.ts";
import { type Plan, transformationFailed } from "./plan.ts";
import { mediaType } from "./prompt.ts";
import { noBody } from "./read-answer.ts";
import type { Reply } from "./reply.ts";
import { type StreamWatch, watchStream } from "./stream-watch.ts";
import type { Incoming } from "./upstream.ts";
import { upstreamError } from "./upstream-error.ts";
import { wantsUsage } from "./usage-wish.ts";

const SSE = "text/event-stream";

/**
 * A streamed answer, once it has said something: until then nothing is sent to the client, so
 * whatever fails is thrown and can still be answered with a status, or asked of another target. A
 * client that speaks the vendor's dialect gets the vendor's bytes and a tap reads along; for any
 * other client the bytes become events.
 */
export async function streamedReply(
  incoming: Incoming,
  call: Call,
  prompt: Prompt,
  plan: Plan,
  hiddenUsage: boolean,
): Promise<Reply> {
  const { status, headers, body } = incoming;
  const { format } = plan;
  if (!format) throw transformationFailed(plan, "the provider has no dialect for it");
  if (headers.get("content-length") === "0") throw noBody();
  const contentType = mediaType(headers.get("content-type") ?? SSE);
  if (contentType === "text/html") {
    const problem = transformationFailed(plan, format.undecodable);
    incoming.abort(problem);
    throw problem;
  }
  const source: Source = {
    chunks: body,
    decoder: format.streamDecoder({ contentType }),
    watching: watchStream(incoming, call, call.record.ai ?? openAiRecord(plan, performance.now())),
    call,
    owesUsage:
      wantsUsage(prompt.wire) && !plan.resolved.provider.streamUsage(plan.resolved.model.options),
  };
  const opening = await untilSpoken(source);
  const head = { status, headers: answerHeaders(headers, plan, call) };
  const isOwn = format === prompt.format && contentType === SSE && !plan.rewritesAnswers;
  if (!isOwn || source.owesUsage) {
    return { ...head, body: { type: "events", batches: decoded(source, opening) } };
  }
  const frames = hiddenUsage && format.withoutUsage ? format.withoutUsage() : sseWholeEvents();
  return {
    ...head,
    body: { type: "chunks", format, chunks: tapped(source, opening, format, frames) },
  };
}

interface Source {
  readonly chunks: AnswerBody;
  readonly decoder: Stage<Uint8Array, ChatEvent>;
  readonly watching: StreamWatch;
  readonly call: Call;
  /** The client asked for a usage report, and this vendor cannot be asked for one. */
  readonly owesUsage: boolean;
}

/** The stream up to the first event that says something. */
interface Opening {
  readonly chunks: readonly Uint8Array[];
  readonly events: readonly ChatEvent[];
  /** Nothing follows. */
  readonly ended: boolean;
}

async function untilSpoken(source: Source): Promise<Opening> {
  const { decoder, watching } = source;
  const chunks: Uint8Array[] = [];
  const events: ChatEvent[] = [];
  try {
    for (;;) {
      const read = source.chunks.read();
      const chunk = read instanceof Promise ? await read : read;
      const ended = chunk === undefined;
      if (!ended) {
        if (chunks.length === 0) checkNotCompressed(chunk);
        watching.arrived(chunk);
        chunks.push(chunk);
      }
      const got = ended ? decoder.end() : decoder.push(chunk);
      const spoken = watching.saw(got);
      events.push(...got);
      if (watching.failed) throwUnlessSpoken(events);
      if (spoken || ended) return { chunks, events, ended };
    }
  } catch (cause) {
    watching.stop();
    // Nothing was sent, so this is no broken stream but a failed call.
    delete source.call.record.streamError;
    throw upstreamError(cause);
  }
}

function throwUnlessSpoken(events: readonly ChatEvent[]): void {
  const first = events.find(({ type }) => type !== "message-start" && type !== "usage");
  if (first?.type === "error") throw first.error;
}

/**
 * What becomes of a stream under watch: `all` hands it over, and a break of the vendor's becomes the
 * last item. What the client's side throws is its own.
 */
function watched<Item>(
  watching: StreamWatch,
  { all, broken }: { all(write: Write<Item>): Promise<void>; broken(error: GatewayError): Item },
): Flow<Item> {
  return {
    async pump(write) {
      let refusal: { readonly cause: unknown } | undefined;
      const handOver: Write<Item> = (item) => {
        try {
          const held = write(item);
          return held && watching.heldBy(held);
        } catch (cause) {
          refusal = { cause };
          throw cause;
        }
      };
      try {
        await all(handOver);
      } catch (cause) {
        if (refusal) throw refusal.cause;
        const error = watching.broke(cause);
        if (error) await write(broken(error));
      } finally {
        watching.stop();
      }
    },
    cancel: watching.stop,
  };
}

/** The vendor's bytes as events. A break becomes one `error` event. */
function decoded(
  { chunks, decoder, watching, call, owesUsage }: Source,
  opening: Opening,
): Flow<readonly ChatEvent[]> {
  return watched(watching, {
    async all(write) {
      await write(opening.events);
      if (watching.failed) return;
      if (!opening.ended) {
        await chunks.pump((chunk) => {
          // What follows an error counts for nothing.
          if (watching.failed) return;
          watching.arrived(chunk);
          const events = decoder.push(chunk);
          watching.saw(events);
          const held = events.length > 0 ? write(events) : undefined;
          if (watching.failed) watching.stop();
          return held;
        });
        if (watching.failed) return;
        const events = decoder.end();
        watching.saw(events);
        if (events.length > 0) await write(events);
      }
      if (owesUsage) await write(owedUsage(call));
    },
    broken: (error) => [{ type: "error", error }],
  });
}

/** The estimate that stands in for a report, marked as one; nothing where the vendor reported after all. */
function owedUsage({ record }: Call): readonly ChatEvent[] {
  const { ai } = record;
  if (!ai || ai.usage) return [];
  return [{ type: "usage", usage: settledUsage(record, ai) }];
}

/**
 * The vendor's bytes as they came, whole frames at a time, with the decoder reading along after the
 * bytes have left. What a vendor forgets at the end is made up for; what breaks is told in band.
 */
function tapped(
  { chunks, decoder, watching, call }: Source,
  opening: Opening,
  format: WireFormat,
  frames: Stage<Uint8Array, Uint8Array>,
): Flow<Uint8Array> {
  /** The frames that left together, last of all: the last event is whole in them. */
  let last: readonly Uint8Array[] = [];

  function leave(whole: readonly Uint8Array[], write: Write<Uint8Array>) {
    if (whole.length > 0) last = whole;
    let held: Promise<void> | undefined;
    for (const frame of whole) held = write(frame) ?? held;
    return held;
  }

  async function rest(write: Write<Uint8Array>): Promise<void> {
    const alreadyTold = watching.failed;
    if (!opening.ended) watching.saw(decoder.end());
    const { streamError } = call.record;
    if (streamError && !alreadyTold) {
      await write(errorBytes(format, streamError, call));
      return;
    }
    const unfinished = frames.end();
    // What is left at the end is an event without its blank line.
    if (unfinished.length > 0) await leave([Buffer.concat([...unfinished, BLANK_LINE])], write);
    if (format.streamTerminator && !endsWith(last, format.streamTerminator)) {
      await write(new TextEncoder().encode(format.streamTerminator));
    }
  }

  return watched(watching, {
    async all(write) {
      for (const chunk of opening.chunks) await leave(frames.push(chunk), write);
      if (!opening.ended) {
        await chunks.pump((chunk) => {
          watching.arrived(chunk);
          const held = leave(frames.push(chunk), write);
          watching.saw(decoder.push(chunk));
          return held;
        });
      }
      await rest(write);
    },
    broken: (error) => errorBytes(format, error, call),
  });
}

const BLANK_LINE = new TextEncoder().encode("\n\n");

function errorBytes(format: WireFormat, error: GatewayError, call: Call): Uint8Array {
  const encoder = format.streamEncoder(answerContext(call, false));
  return joined([...encoder.push({ type: "error", error }), ...encoder.end()]);
}

/** Whether a stream ends with `text`; blanks and kinds of line end make no difference. */
function endsWith(frames: readonly Uint8Array[], text: string): boolean {
  const end = Buffer.concat(frames)
    .toString("latin1")
    .slice(-2 * text.length);
  return end.replaceAll(/\s/g, "").endsWith(text.replaceAll(/\s/g, ""));
}
