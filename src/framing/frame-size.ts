import { GatewayError } from "../chat/error.ts";

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
