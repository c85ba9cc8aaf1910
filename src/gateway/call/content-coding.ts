import { GatewayError } from "../../chat/error.ts";
import type { ReadHeaders } from "../../framing/header-map.ts";
import { compressionFormat } from "../../http-client/inflated.ts";

/**
 * How a request's body is compressed; undefined where it is not. Throws `unsupported_media_type` for a
 * coding that is not known, and for several in one another, which serve nobody but to exhaust memory
 * (RFC 9110 §8.4, §15.5.16).
 */
export function contentCoding(headers: ReadHeaders): Bun.CompressionFormat | undefined {
  const written = headers.get("content-encoding");
  if (written === null) return undefined;
  const coding = written.trim().toLowerCase();
  if (coding === "" || coding === "identity") return undefined;
  const format = compressionFormat(coding);
  if (format !== undefined) return format;
  const shown = coding.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, "?");
  throw new GatewayError(
    "unsupported_media_type",
    `a request body with content-encoding '${shown}' is not read here; send it plain, or with one of gzip, deflate, br and zstd`,
  );
}

/** The body's content, inflated piece by piece as it is read. */
export function inflatedStream(
  body: ReadableStream<Uint8Array>,
  coding: Bun.CompressionFormat | undefined,
): ReadableStream<Uint8Array> {
  if (coding === undefined) return body;
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(
    new DecompressionStream(coding),
  );
}
