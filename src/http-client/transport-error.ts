/** What went wrong between here and the peer, in the system's own codes. */
export class TransportError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "TransportError";
    this.code = code;
  }
}

/** Bytes that are no HTTP/1.1. */
export function badAnswer(detail: string): TransportError {
  return new TransportError("EPROTO", `the peer's answer is no HTTP/1.1: ${detail}`);
}

export function connectionLost(cause?: unknown): TransportError {
  return new TransportError("ECONNRESET", "the peer closed the connection", cause);
}
