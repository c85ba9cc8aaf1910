import type { ErrorCode, GatewayError } from "../chat/error.ts";
import type { Notice } from "../chat/request.ts";
import type { Usage } from "../chat/usage.ts";
import type { Prices } from "./cost.ts";

/** All that a record wants of headers: names in lower case, and a copy to change. */
export type LoggedHeaders = Pick<Headers, "toJSON">;

/**
 * What is known of one call. It is filled in as the call goes on, and closed exactly once, whatever
 * the call's end; then every sink sees it. Times are `performance.now()` milliseconds unless a name
 * says otherwise.
 */
export interface CallRecord {
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly startedAtEpochMs: number;
  readonly startedAtMs: number;
  readonly request: {
    readonly method: string;
    /** Path and query as they came. */
    readonly uri: string;
    /** Scheme, host and path, without the query. */
    readonly url: string;
    readonly headers: LoggedHeaders;
    readonly tls: boolean;
    /** Body bytes. */
    size: number;
  };
  readonly clientIp: string;
  /** Bytes of its body that are held; see `BodyBudget`. */
  heldBytes: number;
  route?: { readonly id: string; readonly name?: string };
  service?: { readonly id: string; readonly name?: string; readonly host: string };
  consumer?: { readonly id: string; readonly username?: string; readonly customId?: string };
  /** The credential that proved who calls. */
  authenticatedEntity?: { readonly id: string; readonly consumerId?: string };
  /** Folded names of headers and query arguments that carry credentials here, besides the well-known ones. */
  secretNames?: ReadonlySet<string>;

  /** Present once an AI plugin took the call. */
  ai?: AiRecord;
  /** Other AI plugins' figures, by their log key (`ai.<key>`). */
  plugins?: Record<string, unknown>;
  readonly attempts: Attempt[];
  /** What plugins asked models on the call's behalf: closed records of their own. */
  questions?: CallRecord[];
  notices: readonly Notice[];

  response?: { readonly status: number; readonly headers: LoggedHeaders; size: number };
  endedAtMs?: number;
  /** The client left before the answer was whole. */
  clientAborted: boolean;
  /** Why the gateway itself answered with an error, where it did. */
  error?: GatewayError;
  /** The answer broke after its status was sent. */
  streamError?: GatewayError;
  /** The log line, once one was made of the closed record. */
  encoded?: string;
  /** A plugin ended the answer before the vendor did. */
  cutShort?: true;
  /** Who made the answer. */
  source: "upstream" | "gateway";
  /** See `whenClosed`. */
  closing?: (() => void)[];
}

/** One upstream try. */
export interface Attempt {
  readonly provider: string;
  /** What the target is called here: its provider's name unless configured otherwise. */
  readonly targetName: string;
  readonly model: string;
  readonly routeType: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** Where the address was known. */
  readonly ip?: string;
  /** Path and query, credentials masked. */
  readonly uri: string;
  readonly startedAtMs: number;
  headersAtMs?: number;
  status?: number;
  /** The provider did not take the gateway's own credential. */
  refusedCredential?: true;
  /** What went wrong, before its answer or within it. */
  error?: GatewayError;
  /** The rule by which another target was asked in its place (`timeout`, `http_429`, …). */
  left?: string;
  /** The target's share among several. */
  weight?: number;
  /** What an attempt that was left cost, where its vendor said what it used. */
  cost?: number;
}

/** Ends of an attempt that are the client's or the gateway's own doing, where no vendor says the same of itself. */
const NO_FAILURES: ReadonlySet<ErrorCode> = new Set([
  "client_aborted",
  "request_timeout",
  "draining",
]);

/** What an attempt failed with, in one word; undefined for one that did not. */
export function failureCode({ error, status = 0 }: Attempt): string | undefined {
  if (error && (error.vendor || !NO_FAILURES.has(error.code))) return error.code;
  return status >= 400 ? `http_${status}` : undefined;
}

export interface AiRecord {
  readonly pluginId: string;
  /** Whether meta and usage are logged (`logging.log_statistics`). */
  readonly statistics: boolean;
  /** Whether bodies are logged (`logging.log_payloads`). */
  readonly payloads: boolean;
  readonly provider: string;
  /** As in `Attempt`. */
  readonly targetName: string;
  /** Empty when no model is known. */
  readonly requestModel: string;
  responseModel?: string;
  /** What the client asked for. */
  readonly requestMode: "oneshot" | "stream" | "realtime";
  /** What the vendor was asked for, where a plugin that works on whole answers wanted another. */
  upstreamMode?: "oneshot" | "stream";
  /** Vendor coordinates to log (`azure_instance_id` …). */
  readonly coordinates?: Readonly<Record<string, string>>;
  readonly prices: Prices;
  /** When the request body was parsed. */
  readonly parsedAtMs: number;
  /** First semantic event of a stream, or the whole answer. */
  firstTokenAtMs?: number;
  usage?: Usage;
  /** `generatedBytes` when a stream reported its usage. */
  reportedAtBytes?: number;
  /** Estimate made from the request, used where the vendor reports nothing. */
  estimatedPromptTokens?: number;
  /** UTF-8 bytes of generated text, tool arguments and reasoning seen so far. */
  generatedBytes: number;
  /** The vendor has called every choice finished. */
  isFinished?: boolean;
  payloadRequest?: string;
  payloadResponse?: string;
}

/** What is known when a request has been accepted. */
export type Opening = Pick<
  CallRecord,
  "requestId" | "startedAtEpochMs" | "startedAtMs" | "request" | "clientIp"
>;

/** An open record: nothing tried, nothing answered, and the answer the gateway's until an upstream makes one. */
export function openRecord(opening: Opening): CallRecord {
  return {
    requestId: opening.requestId,
    startedAtEpochMs: opening.startedAtEpochMs,
    startedAtMs: opening.startedAtMs,
    request: opening.request,
    clientIp: opening.clientIp,
    heldBytes: 0,
    attempts: [],
    notices: [],
    clientAborted: false,
    source: "gateway",
  };
}

/** Opens the record of a question that a plugin asks a model on behalf of a call. */
export function openQuestion(record: CallRecord): CallRecord {
  const { requestId, clientIp, request } = record;
  const startedAtMs = performance.now();
  const startedAtEpochMs = Date.now();
  const question = openRecord({ requestId, clientIp, request, startedAtMs, startedAtEpochMs });
  record.questions ??= [];
  record.questions.push(question);
  return question;
}

/** How a call ended. */
export interface Ending {
  /** `performance.now()` milliseconds. */
  readonly endedAtMs: number;
  readonly clientAborted?: boolean;
  readonly streamError?: GatewayError;
}

/**
 * Closes the record. True for the first ending alone, so `if (closeRecord(…)) publish(…)` runs the
 * sinks once however many ends a call meets (body done, client gone, clock run out); a later ending
 * changes nothing.
 */
export function closeRecord(record: CallRecord, ending: Ending): boolean {
  if (record.endedAtMs !== undefined) return false;
  record.endedAtMs = ending.endedAtMs;
  if (ending.clientAborted) record.clientAborted = true;
  if (ending.streamError) record.streamError = ending.streamError;
  if (record.closing) for (const tell of record.closing) tell();
  return true;
}

/** Calls `tell` once, when the record is closed and before any sink sees it. It must not throw. */
export function whenClosed(record: CallRecord, tell: () => void): void {
  record.closing ??= [];
  record.closing.push(tell);
}

/** The status that the client saw; nginx's 499 for one that left before there was any. */
export function shownStatus({ response }: CallRecord): number {
  return response?.status ?? 499;
}

/** Adds folded names of headers or query arguments whose values must never be logged. */
export function hideNames(record: CallRecord, names: ReadonlySet<string>): void {
  record.secretNames = record.secretNames ? record.secretNames.union(names) : names;
}

/** Sets what a plugin says of the call under `ai.<key>`. */
export function noteFigures(record: CallRecord, key: string, figures: object): void {
  record.plugins = { ...record.plugins, [key]: figures };
}

/** Milliseconds since a moment, to the microsecond. */
export function latencySince(startedAtMs: number): number {
  return Math.round((performance.now() - startedAtMs) * 1000) / 1000;
}

/** Anything that wants to see finished calls. */
export type Sink = (record: CallRecord) => void;

/** Shows a closed record to every sink; one that throws is reported and keeps nothing from the others. */
export function publish(
  record: CallRecord,
  sinks: readonly Sink[],
  onFailure: (cause: unknown) => void,
): void {
  for (const sink of sinks) {
    try {
      sink(record);
    } catch (cause) {
      onFailure(cause);
    }
  }
}
