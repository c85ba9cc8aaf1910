import type { GatewayError } from "../chat/error.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { Flow, Write } from "../framing/flow.ts";
import { endsWithEvent, lastEventAt } from "../framing/last-event.ts";
import { bytesOf, joined } from "../framing/piece.ts";
import type { Stage } from "../framing/stage.ts";
import { answerContext } from "./answer-context.ts";
import type { Call } from "./call.ts";
import { type Opening, owedUsage, type Source, watched } from "./stream-source.ts";

/**
 * The vendor's bytes as they came, whole frames at a time, with the decoder reading along after the
 * bytes have left. What a vendor forgets at the end is made up for, a report that the client wants
 * included; what breaks is told in band. The stream is over once its terminator has passed, though
 * the vendor may keep the answer open.
 */
export function tapped(
  { chunks, decoder, watching, call, wantsUsage }: Source,
  opening: Opening,
  format: WireFormat,
  frames: Stage<Uint8Array, Uint8Array>,
): Flow<Uint8Array> {
  const { streamTerminator: terminator } = format;
  let isTerminated = false;
  /** The terminator, until it is known whether a report is owed before it. */
  let heldBack: Uint8Array | undefined;

  function leave(whole: readonly Uint8Array[], write: Write<Uint8Array>) {
    if (terminator !== undefined) isTerminated ||= endsWithEvent(whole, terminator);
    if (isTerminated && wantsUsage) return leaveButLast(joined(whole), write);
    let held: Promise<void> | undefined;
    for (const frame of whole) held = write(frame) ?? held;
    return held;
  }

  function leaveButLast(whole: Uint8Array, write: Write<Uint8Array>) {
    const lastAt = lastEventAt(whole);
    heldBack = whole.subarray(lastAt);
    return lastAt > 0 ? write(whole.subarray(0, lastAt)) : undefined;
  }

  /** Resolves at the terminator, at an error, or when nothing follows. */
  async function pumped(write: Write<Uint8Array>): Promise<void> {
    const over = Promise.withResolvers<void>();
    let isOver = false;
    const ended = chunks.pump((chunk) => {
      // What follows an error counts for nothing.
      if (isTerminated || isOver || watching.failed) return;
      watching.arrived(chunk);
      const held = leave(frames.push(chunk), write);
      watching.saw(decoder.push(chunk));
      if (isTerminated || watching.failed) over.resolve(held);
      return held;
    });
    if (isTerminated || watching.failed) over.resolve();
    watching.whenOver(() => {
      isOver = true;
      over.resolve();
    });
    ended.then(over.resolve, over.reject);
    await over.promise;
    if (isTerminated) watching.linger(ended);
  }

  async function rest(write: Write<Uint8Array>): Promise<void> {
    const alreadyTold = watching.failed;
    if (!opening.ended) watching.saw(decoder.end());
    const { streamError } = call.record;
    if (streamError && !alreadyTold) {
      await write(errorBytes(format, streamError, call));
      return;
    }
    const unfinished = isTerminated ? [] : frames.end();
    // What is left at the end is an event without its blank line.
    if (unfinished.length > 0) await leave([Buffer.concat([...unfinished, BLANK_LINE])], write);
    const end = owedReport() ?? heldBack ?? (isTerminated ? undefined : terminator);
    if (end !== undefined) await write(bytesOf(end));
  }

  /** With the terminator behind it. */
  function owedReport(): Uint8Array | undefined {
    const usage = wantsUsage && !watching.failed ? owedUsage(call) : undefined;
    if (!usage) return undefined;
    const encoder = format.streamEncoder(answerContext(call, true));
    for (const event of opening.events) if (event.type === "message-start") encoder.push(event);
    encoder.push(usage);
    return joined(encoder.end());
  }

  return watched(watching, {
    async all(write) {
      for (const chunk of opening.chunks) await leave(frames.push(chunk), write);
      if (!opening.ended) await pumped(write);
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
