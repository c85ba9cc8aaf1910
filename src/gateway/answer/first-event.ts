import type { ChatEvent } from "../../chat/event.ts";
import { withContextLength } from "../../formats/context-length.ts";
import { openAiRecord } from "../call/ai-record.ts";
import type { Call } from "../call/call.ts";
import { type Plan, transformationFailed } from "../call/plan.ts";
import { mediaType, type Prompt, wantsUsage } from "../call/prompt.ts";
import type { AnswerObserver, Reply } from "../call/reply.ts";
import { namingAsAsked } from "../request/tool-names.ts";
import type { UpstreamBody } from "../request/upstream-body.ts";
import type { Echoes, VendorAnswer } from "../upstream/echoes.ts";
import { upstreamError } from "../upstream/provider-fault.ts";
import { answerHeaders } from "./answer-headers.ts";
import { watchStream } from "./answer-watch.ts";
import { checkNotCompressed, noBody } from "./read-answer.ts";
import { relayedBytes } from "./relayed-bytes.ts";
import { relayedEvents } from "./relayed-events.ts";
import type { Opening, Source } from "./vendor-stream.ts";

const SSE = "text/event-stream";

/**
 * A streamed answer, once it has said something: until then nothing is sent to the client, so
 * whatever fails is thrown and can still be answered with a status, or asked of another target. A
 * client that speaks the vendor's dialect gets the vendor's bytes and a tap reads along; for any
 * other client the bytes become events.
 */
export async function streamedReply(
  incoming: VendorAnswer,
  call: Call,
  prompt: Prompt,
  plan: Plan,
  { hiddenUsage, originalNames }: Pick<UpstreamBody, "hiddenUsage" | "originalNames">,
): Promise<Reply> {
  const { status, headers, body, echoes } = incoming;
  const { format } = plan;
  if (!format) throw transformationFailed(plan, "the provider has no dialect for it");
  if (headers.get("content-length") === "0") throw noBody();
  const contentType = mediaType(headers.get("content-type") ?? SSE);
  if (contentType === "text/html") {
    const problem = transformationFailed(plan, format.undecodable);
    incoming.abort(problem);
    throw problem;
  }
  const heard = withoutEchoes(format.streamDecoder({ contentType }), echoes);
  const decoder = namingAsAsked(heard, originalNames);
  const ai = call.record.ai ?? openAiRecord(plan, performance.now());
  const source: Source = {
    chunks: body,
    decoder,
    watching: watchStream(incoming, decoder, call, ai),
    call,
    echoes,
    wantsUsage: wantsUsage(prompt) && prompt.format.withoutUsage !== undefined,
  };
  const opening = await untilSpoken(source, plan);
  const head = { status, headers: answerHeaders(headers, plan, call) };
  const isOwn =
    format === prompt.format && contentType === SSE && !plan.rewritesAnswers && !originalNames;
  if (!isOwn) {
    return { ...head, body: { type: "events", batches: relayedEvents(source, opening) } };
  }
  const filter = hiddenUsage ? format.withoutUsage?.() : undefined;
  const chunks = relayedBytes(source, opening, format, filter);
  const observe = (observer: AnswerObserver) => {
    observer.events(opening.events);
    source.watching.observe(observer);
  };
  return { ...head, body: { type: "chunks", format, chunks, observe } };
}

/** The vendor's error is an answer's last event. */
function withoutEchoes(decoder: Source["decoder"], echoes: Echoes): Source["decoder"] {
  const heard = (events: readonly ChatEvent[]) => {
    const last = events[events.length - 1];
    if (last?.type !== "error") return events;
    const error = withContextLength(echoes.error(last.error));
    return [...events.slice(0, -1), { type: "error", error } as const];
  };
  return {
    ...decoder,
    push: (bytes) => heard(decoder.push(bytes)),
    end: () => heard(decoder.end()),
  };
}

async function untilSpoken(source: Source, plan: Plan): Promise<Opening> {
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
      if (watching.failed) throwUnlessSpoken(events, plan);
      const stop = ended ? undefined : decoder.stop();
      if (spoken || ended) return { chunks, events, stop, ended };
    }
  } catch (cause) {
    watching.stop();
    // Nothing was sent, so this is no broken stream but a failed call.
    delete source.call.record.streamError;
    throw upstreamError(cause);
  }
}

function throwUnlessSpoken(events: readonly ChatEvent[], plan: Plan): void {
  const first = events.find(({ type }) => type !== "message-start" && type !== "usage");
  if (first?.type !== "error") return;
  const { error } = first;
  // A whole answer that cannot be read is told in the same words, whatever was asked for.
  const isUnreadable = error.code === "upstream_bad_response" && error.status === 500;
  throw isUnreadable && !error.vendor ? transformationFailed(plan, error.message, error) : error;
}
