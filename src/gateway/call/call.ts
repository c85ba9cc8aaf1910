import type { JsonObject } from "../../chat/json.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import type { HeaderMap } from "../../framing/header-map.ts";
import type { Consumer, Route, Service } from "../../routing/entities.ts";
import type { CallRecord } from "../../telemetry/call-record.ts";
import type { Next } from "./middleware.ts";
import type { Clocks, Send } from "./upstream.ts";

/** One client request on its way through the onion. */
export interface Call {
  readonly id: string;
  /** Without the credentials that were recognised here: no provider, log or template sees them. */
  readonly request: ClientRequest;
  /** The request for the route's own service, where that is to see the client's credentials too. */
  readonly serviceRequest?: ClientRequest;
  readonly route: Route;
  readonly service: Service | undefined;
  /** Named groups of the route's path expression. */
  readonly captures: Readonly<Record<string, string>>;
  /** Client path after the route's prefix was stripped (or not). */
  readonly upstreamPath: string;
  readonly client: Client;
  readonly record: CallRecord;
  /** How bytes reach an upstream. */
  readonly send: Send;
  readonly clocks: Clocks;
  readonly consumer?: Consumer;
  /** The request as an LLM request, once a plugin asked for it. */
  readonly prompt?: Prompt;
  /** What a plugin further in will make of the prompt, for one that is to look at it before. */
  readonly preview?: Preview;
  /** How the answer is got once the onion's centre is reached; absent means the route's own service. */
  readonly forward?: Next;
}

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

/** The call as a plugin will pass it on; nothing of it is noted or logged. Throws what that plugin would answer. */
export type Preview = (call: Call) => Promise<Call>;

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

/** A client's own request, and how many messages stand before its first in the one that is sent. */
export interface Asked {
  readonly wire: JsonObject;
  readonly prepended: number;
}

/** An LLM request in the client's dialect: the wire object is the truth, the canonical form is made when asked for. */
export interface Prompt {
  readonly format: WireFormat;
  /** The client's bytes, while nothing was changed. */
  readonly bytes?: Uint8Array;
  readonly wire: JsonObject;
  readonly stream: boolean;
  /** What the client itself wrote, where a plugin changed it: it is told of places in that. */
  readonly asked?: Asked;
  /** The canonical form; decoded at the first call. */
  chat(): ChatRequest;
  /** Of a large body `wire` is only the outline; see `LargeBody`. */
  readonly large?: LargeBody;
}

/** A body that other threads look into: what calls are decided by is known here, the rest are bytes. */
export interface LargeBody {
  /** As it was read (`outlineOf`): where a prompt's wire differs, somebody has changed the request since. */
  readonly outline: JsonObject;
  readonly contentType: string | null;
  /** Words of the prompt, for estimates. */
  readonly words: number;
  /** The client's; undefined while another thread has them, and once they were sent and are not kept. */
  bytes: Uint8Array | undefined;
  /** Another target may be asked. */
  isKept?: boolean;
}
