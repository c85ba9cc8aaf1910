import { GatewayError } from "../chat/error.ts";
import type { Stage } from "./stage.ts";

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
