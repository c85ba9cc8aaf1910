import type { GatewayError } from "../chat/error.ts";
import type { Stop } from "../formats/answer-stream.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { eventsEnd, lastEventAt } from "../framing/events-end.ts";
import type { Flow, Write } from "../framing/flow.ts";
import { bytesOf, joined } from "../framing/piece.ts";
import { sseWholeEvents } from "../framing/sse-whole-events.ts";
import type { Stage } from "../framing/stage.ts";
import { answerContext } from "./answer-context.ts";
import type { Call } from "./call.ts";
import {
  noteMore,
  noteTrailing,
  type Opening,
  owedUsage,
  type Source,
  watched,
} from "./stream-source.ts";

/**
 * The vendor's bytes as they came, whole events at a time, once the decoder has read them. What a
 * vendor forgets at the end is made up for, a report that the client wants included. Where the
 * decoder stopped, the bytes stop: behind the terminator, though the vendor may keep the answer open;
 * before an event that cannot be read, in whose place the client gets an error of its dialect. So
 * the client sees an end or an error just as the record does.
 */
export function tapped(
  { chunks, decoder, watching, call, echoes, wantsUsage }: Source,
  opening: Opening,
  format: WireFormat,
  filter: Stage<Uint8Array, Uint8Array> | undefined,
): Flow<Uint8Array> {
  const wholeEvents = sseWholeEvents();
  /** Where the bytes that leave were cut off. */
  let cut: Stop | undefined;
  /** The vendor's terminator, until it is known whether a report is owed before it. */
  let heldBack: Uint8Array | undefined;
  /** The vendor's terminator has left already. */
  let hasLeft = false;

  function pass(events: readonly Uint8Array[], write: Write<Uint8Array>) {
    let held: Promise<void> | undefined;
    for (const piece of events) {
      if (!filter) held = write(piece) ?? held;
      else for (const kept of filter.push(piece)) held = write(kept) ?? held;
    }
    return held;
  }

  function leave(chunk: Uint8Array, stop: Stop | undefined, write: Write<Uint8Array>) {
    const whole = wholeEvents.push(chunk);
    return stop ? leaveUntil(stop, joined(whole), write) : pass(whole, write);
  }

  function leaveUntil(stop: Stop, whole: Uint8Array, write: Write<Uint8Array>) {
    cut = stop;
    // Mostly the terminator is the last of the bytes, which spares reading them from the beginning.
    const isLast = stop.isTerminated && !stop.hasMore;
    const end = isLast ? whole.length : eventsEnd(whole, stop.frames);
    let last = end;
    if (stop.isTerminated) {
      if (stop.hasMore) noteMore(call);
      last = isLast ? lastEventAt(whole) : eventsEnd(whole, stop.frames - 1);
      heldBack = whole.subarray(last, end);
      // Two writes cost twice what one does: a terminator that nothing can come before goes along.
      hasLeft = !wantsUsage && readable(heldBack) !== undefined;
      if (hasLeft) last = end;
    }
    if (last === 0) return undefined;
    const passed = whole.subarray(0, last);
    return pass([stop.isTold ? echoes.bytes(passed) : passed], write);
  }

  /** Resolves at the terminator, at an error, or when nothing follows. */
  async function pumped(write: Write<Uint8Array>): Promise<void> {
    const over = Promise.withResolvers<void>();
    let isOver = false;
    const ended = chunks.pump((chunk) => {
      if (isOver) return;
      if (cut) return noteTrailing(chunk, call);
      watching.arrived(chunk);
      watching.saw(decoder.push(chunk));
      const held = leave(chunk, decoder.stop(), write);
      if (cut) over.resolve(held);
      return held;
    });
    if (cut) over.resolve();
    watching.whenOver(() => {
      isOver = true;
      over.resolve();
    });
    ended.catch(watching.lost).then(over.resolve, over.reject);
    await over.promise;
    if (cut?.isTerminated) watching.linger(ended);
  }

  async function rest(write: Write<Uint8Array>): Promise<void> {
    if (!cut && !opening.ended) watching.saw(decoder.end());
    const { streamError } = call.record;
    if (streamError) {
      if (!cut?.isTold) await write(errorBytes(format, streamError, call));
      return;
    }
    if (!cut) await leaveLast(write);
    for (const piece of filter?.end() ?? []) await write(piece);
    if (hasLeft) return;
    const end = owedReport() ?? readable(heldBack) ?? format.streamTerminator;
    if (end !== undefined) await write(bytesOf(end));
  }

  /** What is left at the end is an event without its blank line. */
  async function leaveLast(write: Write<Uint8Array>): Promise<void> {
    const unfinished = wholeEvents.end();
    if (unfinished.length === 0) return;
    const event = Buffer.concat([...unfinished, BLANK_LINE]);
    if (decoder.stop()?.isTerminated) heldBack = event;
    else await pass([event], write);
  }

  /** With the terminator behind it. */
  function owedReport(): Uint8Array | undefined {
    const usage = wantsUsage ? owedUsage(call) : undefined;
    if (!usage) return undefined;
    const encoder = format.streamEncoder(answerContext(call, true));
    for (const event of opening.events) if (event.type === "message-start") encoder.push(event);
    encoder.push(usage);
    return joined(encoder.end());
  }

  return watched(watching, {
    async all(write) {
      const last = opening.chunks.length - 1;
      for (const [at, chunk] of opening.chunks.entries()) {
        await leave(chunk, at === last ? opening.stop : undefined, write);
      }
      if (!opening.ended) await pumped(write);
      await rest(write);
    },
    broken: (error) => errorBytes(format, error, call),
  });
}

/** Clients know a terminator behind one space at most; for another they get the format's own. */
function readable(terminator: Uint8Array | undefined): Uint8Array | undefined {
  return terminator && INDENTED.test(Buffer.from(terminator).toString()) ? undefined : terminator;
}

const INDENTED = /^data: \s/m;

const BLANK_LINE = new TextEncoder().encode("\n\n");

function errorBytes(format: WireFormat, error: GatewayError, call: Call): Uint8Array {
  const encoder = format.streamEncoder(answerContext(call, false));
  return joined([...encoder.push({ type: "error", error }), ...encoder.end()]);
}
