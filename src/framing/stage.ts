import { GatewayError } from "../chat/error.ts";

/**
 * A synchronous step of a stream: no promise per item. `push` takes one item and gives what became
 * ready; `end` gives what was still held. A stage that reads bytes holds the split law: however the
 * bytes are cut, the outputs joined are the same.
 */
export interface Stage<In, Out> {
  push(item: In): readonly Out[];
  end(): readonly Out[];
}

/** A part of a stream on its way out. Text becomes bytes once, for all that leaves together. */
export type Piece = string | Uint8Array;

const encoder = new TextEncoder();

/** All pieces in one: text where all are. */
export function onePiece(pieces: readonly Piece[]): Piece {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece !== "string") return joined(pieces);
    text += piece;
  }
  return text;
}

/** All pieces as bytes. */
export function joined(pieces: readonly Piece[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return bytesOf(only);
  return pieces.every((piece) => typeof piece === "string")
    ? encoder.encode(pieces.join(""))
    : joinedBytes(pieces.map(bytesOf));
}

export function bytesOf(piece: Piece): Uint8Array {
  return typeof piece === "string" ? encoder.encode(piece) : piece;
}

function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Takes the frames of a stream one by one, as they become whole. */
export interface FrameSink<Frame> {
  push(frame: Frame): void;
  /**
   * Takes a whole frame that it knows by its text: where the frame that begins at `at` ends, its line
   * ends with it, or -1 for one that it does not know and that is to be read and pushed.
   */
  skim?(text: string, at: number): number;
}

/** Reads bytes and hands over each frame as it becomes whole; throws `GatewayError` on a fault. */
export interface FrameSource<Frame> {
  read(bytes: Uint8Array, sink: FrameSink<Frame>): void;
  finish(sink: FrameSink<Frame>): void;
}

/** The same reading twice: into a sink without a list of what was read, or as a stage. */
export type FrameDecoder<Frame> = FrameSource<Frame> & Stage<Uint8Array, Frame>;

/**
 * A fault never takes whole frames with it: when some were read before it in the same bytes, they
 * are given and the next call throws. So where the bytes are cut changes neither the frames nor
 * the fault. After a fault every call throws it again.
 */
export function frameStage<Frame>({ read, finish }: FrameSource<Frame>): FrameDecoder<Frame> {
  let fault: { readonly error: unknown } | undefined;

  function frames(take: (sink: Frame[]) => void): readonly Frame[] {
    if (fault) throw fault.error;
    const taken: Frame[] = [];
    try {
      take(taken);
    } catch (error) {
      fault = { error };
      if (taken.length === 0) throw error;
    }
    return taken;
  }

  return {
    read,
    finish,
    push: (bytes) => frames((sink) => read(bytes, sink)),
    end: () => frames(finish),
  };
}

/** Room for an inline image in one event. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/**
 * Throws `upstream_bad_response` when a frame has outgrown its limit. `size` counts decoded UTF-16
 * units: the same as bytes for ASCII (JSON, base64), and never more than the bytes.
 */
export function checkFrameSize(size: number, maxBytes: number, frame: string): void {
  if (size <= maxBytes) return;
  throw new GatewayError(
    "upstream_bad_response",
    `The upstream sent ${frame} larger than ${maxBytes} bytes.`,
  );
}
