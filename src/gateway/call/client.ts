import type { HeaderMap } from "../../framing/header-map.ts";

/** The one who waits for the answer. */
export interface Client {
  hasLeft(): boolean;
  /** `tell` is called once, at most 100 ms after the client left, unless the call is over by then. */
  whenLeft(tell: () => void): void;
  /** For what can only be told by one; asking for it costs. */
  signal(): AbortSignal;
}

export interface ClientRequest {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  /** Path without query, as it came. */
  readonly path: string;
  /** Query with its `?`, or empty. */
  readonly search: string;
  readonly headers: HeaderMap;
  /** The connection that the request came on; unknown where there was none. */
  readonly hop?: Hop;
  /** The client asked for debug headers and the gateway allows it. */
  readonly debug: boolean;
  readonly body: ClientBody;
}

/** The other end of a connection: a client, or a proxy before it. */
export interface Hop {
  readonly ip: string;
  /** Whether its word on whom it forwards for is taken. */
  readonly isTrusted: boolean;
}

/** The client's body, read once and only when somebody asks. */
export interface ClientBody {
  /** All bytes; throws `body_too_large` past the limit (0 means none) and gives the same bytes on every later call. */
  bytes(limitBytes: number): Promise<Uint8Array>;
  /** The untouched stream; only while nobody has read it. */
  stream(): ReadableStream<Uint8Array> | null;
  /** Whoever has the bytes takes them for good: nobody gets them again. */
  forget(): void;
  /** Nobody reads the bytes any more: others may have their room. */
  free(): void;
}
