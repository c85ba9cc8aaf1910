import type { GatewayError } from "../../chat/error.ts";
import type { ReadHeaders } from "../../framing/header-map.ts";
import type { AnswerBody } from "../../http-client/exchange.ts";
import type { Client } from "./client.ts";
import type { BodyClocks } from "./read-body.ts";

/** How long each part of an exchange may take, in milliseconds; none infinite. */
export interface UpstreamClocks {
  /** Until a new connection is open, TLS included; it ends with `headersMs` at the latest. */
  readonly connectMs: number;
  /** From sending, or from a streamed body's last piece, to the response's headers, connecting included. */
  readonly headersMs: number;
  /** Between any two reads of an answer's body, whatever they say. */
  readonly readMs: number;
  /** To a stream's first event that says something; comments and pings do not count. */
  readonly firstEventMs: number;
  /** Between such events. */
  readonly idleMs: number;
  /** A whole answer that is not a stream, and a whole stream. */
  readonly totalMs: number;
  readonly streamTotalMs: number;
}

/** All clocks of a call. */
export interface Clocks extends UpstreamClocks, BodyClocks {
  /** While the client takes nothing of what waits for it. */
  readonly clientStallMs: number;
}

export const DEFAULT_CLOCKS: Clocks = {
  connectMs: 60_000,
  headersMs: 60_000,
  readMs: 60_000,
  // Reasoning models think for minutes before they say a word, and between words.
  firstEventMs: 300_000,
  idleMs: 300_000,
  totalMs: 600_000,
  streamTotalMs: 1_800_000,
  clientStallMs: 60_000,
  bodyIdleMs: 15_000,
  bodySlowMs: 10_000,
  bodyTotalMs: 300_000,
};

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
  /** Credentials that stand in the body. */
  readonly bodyCredentials?: readonly string[];
  /** Forward proxies, as URLs, for `http:` and for `https:` upstreams. */
  readonly proxies?: { readonly http?: string; readonly https?: string };
  /** False leaves the upstream's certificate unchecked. */
  readonly verifiesTls?: boolean;
}

export interface Incoming {
  readonly status: number;
  readonly headers: ReadHeaders;
  /** Inflated. */
  readonly body: AnswerBody;
  /** Ends the exchange at once, with this reason; nothing once the body has been read. */
  abort(reason: GatewayError): void;
}

/** How far a request has come. */
export interface Progress {
  /** What carries it: another one once a race for a pooled connection was lost. */
  readonly exchange: Readonly<Underway>;
}

export interface Underway {
  /** Whether a connection has taken the request. */
  isSent: boolean;
  /** `performance.now()` when a body that comes in pieces last moved. */
  movedAtMs?: number;
  /** Whether the next piece of it is the client's to send. */
  awaitsClient?: boolean;
}

/** A request that is under way. */
export interface Sending {
  readonly progress: Progress;
  readonly answer: Promise<Omit<Incoming, "abort">>;
  readonly abort: Incoming["abort"];
}

/** How a request reaches an upstream; see `send`. */
export type Send = (request: Outgoing, client: Client, clocks: UpstreamClocks) => Promise<Incoming>;
