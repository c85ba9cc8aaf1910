import { GatewayError } from "../../chat/error.ts";

/** Throws for gzip (RFC 1952 §2.3.1) in place of text: compressed, and not said to be. */
export function checkNotCompressed(bytes: Uint8Array): void {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return;
  throw new GatewayError(
    "upstream_bad_response",
    "the upstream's answer is compressed without saying so",
    { status: 502 },
  );
}
