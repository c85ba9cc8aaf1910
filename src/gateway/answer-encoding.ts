import { GatewayError } from "../chat/error.ts";

/** Throws for an answer that is compressed more than once: nobody asks for it but to exhaust memory. */
export function checkEncoding(headers: Headers): void {
  if (!headers.get("content-encoding")?.includes(",")) return;
  throw new GatewayError(
    "upstream_bad_response",
    "the upstream's answer is compressed more than once",
    { status: 502 },
  );
}

/** Throws for gzip (RFC 1952 §2.3.1) in place of text: compressed, and not said to be. */
export function checkNotCompressed(bytes: Uint8Array): void {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return;
  throw new GatewayError(
    "upstream_bad_response",
    "the upstream's answer is compressed without saying so",
    { status: 502 },
  );
}
