import type { Stage } from "./stage.ts";

/** Reads bytes and appends each frame as it becomes whole; throws `GatewayError` on a fault. */
export interface FrameReader<Frame> {
  read(bytes: Uint8Array, frames: Frame[]): void;
  finish(frames: Frame[]): void;
}

/**
 * A fault never takes whole frames with it: when some were read before it in the same bytes, they
 * are given and the next call throws. So where the bytes are cut changes neither the frames nor
 * the fault. After a fault every call throws it again.
 */
export function frameStage<Frame>(reader: FrameReader<Frame>): Stage<Uint8Array, Frame> {
  let fault: { readonly error: unknown } | undefined;

  function fail(error: unknown, frames: readonly Frame[]): readonly Frame[] {
    fault = { error };
    if (frames.length === 0) throw error;
    return frames;
  }

  return {
    push(bytes) {
      if (fault) throw fault.error;
      const frames: Frame[] = [];
      try {
        reader.read(bytes, frames);
      } catch (error) {
        return fail(error, frames);
      }
      return frames;
    },
    end() {
      if (fault) throw fault.error;
      const frames: Frame[] = [];
      try {
        reader.finish(frames);
      } catch (error) {
        return fail(error, frames);
      }
      return frames;
    },
  };
}
