import type { GatewayError } from "../../chat/error.ts";
import type { Stop } from "../../formats/answer-stream.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import type { Flow, Write } from "../../framing/flow.ts";
import { eventsEnd, lastEventAt, sseWholeEvents } from "../../framing/sse-whole-events.ts";
import { bytesOf, joined, type Stage } from "../../framing/stage.ts";
import { answerContext } from "../call/answer-context.ts";
import type { Call } from "../call/call.ts";
import {
  noteMore,
  noteTrailing,
  type Opening,
  owedUsage,
  type Source,
  watched,
} from "./vendor-stream.ts";

/**
 * The vendor's bytes as they came, whole events at a time, once the decoder has read them. What a
 * vendor forgets at the end is made up for, a report that the client wants included. Where the
 * decoder stopped, the bytes stop: behind the terminator, though the vendor may keep the answer open;
 * before an event that cannot be read, in whose place the client gets an error of its dialect. So
 * the client sees an end or an error just as the record does.
 */
export function relayedBytes(
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
    if (!stop) return pass(whole, write);
    cut = stop;
    if (!stop.isTerminated) return leaveUntilFault(stop, joined(whole), write);
    if (stop.hasMore) noteMore(call);
    return leaveUntilTerminator(stop, whole, write);
  }

  function leaveUntilFault(stop: Stop, whole: Uint8Array, write: Write<Uint8Array>) {
    const passed = whole.subarray(0, eventsEnd(whole, stop.frames));
    if (passed.length === 0) return undefined;
    return pass([stop.isTold ? echoes.bytes(passed) : passed], write);
  }

  /** Two writes cost twice what one does: a terminator that nothing can come before goes along. */
  function leaveUntilTerminator(
    stop: Stop,
    whole: readonly Uint8Array[],
    write: Write<Uint8Array>,
  ): Promise<void> | undefined {
    const { all, before, terminator } = atTerminator(stop, whole);
    hasLeft = !wantsUsage && readable(terminator) !== undefined;
    if (hasLeft) return pass(all, write);
    heldBack = terminator;
    return pass(before, write);
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
    const event = Buffer.concat([...wholeEvents.end(), BLANK_LINE]);
    // Cut off before its data it says nothing, and clients would read that as JSON.
    if (!HAS_DATA.test(event.toString())) return;
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

/** All bytes up to the terminator with it, and the two apart. */
interface Terminated {
  readonly all: readonly Uint8Array[];
  readonly before: readonly Uint8Array[];
  readonly terminator: Uint8Array;
}

/** Mostly it is the last event of the last piece, which spares reading and copying the others. */
function atTerminator({ frames, hasMore }: Stop, whole: readonly Uint8Array[]): Terminated {
  const last = whole[whole.length - 1];
  const at = last && !hasMore ? lastEventAt(last) : 0;
  if (last && at > 0) {
    const before = [...whole.slice(0, -1), last.subarray(0, at)];
    return { all: whole, before, terminator: last.subarray(at) };
  }
  const bytes = joined(whole);
  const start = eventsEnd(bytes, frames - 1);
  const end = eventsEnd(bytes, frames);
  const before = start > 0 ? [bytes.subarray(0, start)] : [];
  return { all: [bytes.subarray(0, end)], before, terminator: bytes.subarray(start, end) };
}

/** Clients know a terminator behind one space at most; for another they get the format's own. */
function readable(terminator: Uint8Array | undefined): Uint8Array | undefined {
  return terminator && INDENTED.test(Buffer.from(terminator).toString()) ? undefined : terminator;
}

const INDENTED = /^data: \s/m;

const HAS_DATA = /^\uFEFF?data: ?\S/m;

const BLANK_LINE = new TextEncoder().encode("\n\n");

function errorBytes(format: WireFormat, error: GatewayError, call: Call): Uint8Array {
  const encoder = format.streamEncoder(answerContext(call, false));
  return joined([...encoder.push({ type: "error", error }), ...encoder.end()]);
}
