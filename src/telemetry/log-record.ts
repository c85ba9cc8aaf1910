import { type AiLog, aiLog } from "./ai-log.ts";
import { type Attempt, type CallRecord, failureCode } from "./call-record.ts";
import { elapsed } from "./elapsed.ts";
import { queryArguments, redactHeaders, redactUri } from "./redact.ts";

/**
 * One finished call as a JSON object, in the shape log consumers of Kong know
 * (https://developer.konghq.com/gateway/logs/#log-format). Durations are whole milliseconds,
 * sizes body bytes. Credentials in headers and queries read `REDACTED`.
 */
export interface LogRecord {
  readonly request: {
    readonly id: string;
    readonly uri: string;
    readonly url: string;
    readonly querystring: Readonly<Record<string, string | readonly string[]>>;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly size: number;
    readonly tls: Readonly<Record<string, never>> | undefined;
  };
  /** Path and query of the last try; empty when nothing was sent. */
  readonly upstream_uri: string;
  /** Status of the last try as a string, the way nginx's variable is; empty when none came. */
  readonly upstream_status: string;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly size: number;
  };
  readonly latencies: {
    readonly request: number;
    readonly kong: number;
    readonly proxy: number;
    readonly receive: number;
  };
  readonly tries: readonly TryLog[];
  readonly route: { readonly id: string; readonly name: string | undefined } | undefined;
  readonly service:
    | { readonly id: string; readonly name: string | undefined; readonly host: string }
    | undefined;
  readonly consumer:
    | {
        readonly id: string;
        readonly username: string | undefined;
        readonly custom_id: string | undefined;
      }
    | undefined;
  readonly authenticated_entity:
    | { readonly id: string; readonly consumer_id: string | undefined }
    | undefined;
  readonly client_ip: string;
  /** Milliseconds since the epoch. */
  readonly started_at: number;
  readonly source: "upstream" | "kong";
  readonly workspace: string;
  readonly workspace_name: string;
  /** Present when the client left before the answer was whole. */
  readonly client_aborted: true | undefined;
  readonly ai: AiLog | undefined;
}

export interface TryLog {
  /** Milliseconds since the epoch. */
  readonly balancer_start: number;
  readonly host: string;
  readonly ip: string | undefined;
  readonly port: number;
  readonly code: number | undefined;
  readonly state: "failed" | undefined;
}

/** The record as a sink sees it. Reads the record only; call it once the call is closed. */
export function logRecord(record: CallRecord): LogRecord {
  const { request, response, route, service, consumer, authenticatedEntity } = record;
  const last = record.attempts.at(-1);
  const uri = redactUri(request.uri, record.secretNames);
  return {
    request: {
      id: record.requestId,
      uri,
      url: redactUri(request.url, record.secretNames),
      querystring: queryArguments(uri),
      method: request.method,
      headers: redactHeaders(request.headers, record.secretNames),
      size: request.size,
      tls: request.tls ? {} : undefined,
    },
    upstream_uri: last ? redactUri(last.uri, record.secretNames) : "",
    upstream_status: last?.status === undefined ? "" : String(last.status),
    response: {
      status: response?.status ?? 0,
      headers: response ? redactHeaders(response.headers, record.secretNames) : {},
      size: response?.size ?? 0,
    },
    latencies: latencies(record),
    tries: record.attempts.map((attempt) => tryLog(record, attempt)),
    route: route && { id: route.id, name: route.name },
    service: service && { id: service.id, name: service.name, host: service.host },
    consumer: consumer && {
      id: consumer.id,
      username: consumer.username,
      custom_id: consumer.customId,
    },
    authenticated_entity: authenticatedEntity && {
      id: authenticatedEntity.id,
      consumer_id: authenticatedEntity.consumerId,
    },
    client_ip: record.clientIp,
    started_at: record.startedAtEpochMs,
    source: record.source === "gateway" ? "kong" : "upstream",
    workspace: "default",
    workspace_name: "default",
    client_aborted: record.clientAborted ? true : undefined,
    ai: aiLog(record),
  };
}

function latencies(record: CallRecord): LogRecord["latencies"] {
  const { requestMs, gatewayMs, waitingMs, receiveMs } = elapsed(record);
  return {
    request: Math.round(requestMs),
    kong: Math.round(gatewayMs),
    // The reference's word for "no upstream was asked" is -1.
    proxy: waitingMs === undefined ? -1 : Math.round(waitingMs),
    receive: Math.round(receiveMs),
  };
}

function tryLog(record: CallRecord, attempt: Attempt): TryLog {
  return {
    balancer_start: Math.round(record.startedAtEpochMs + attempt.startedAtMs - record.startedAtMs),
    host: attempt.host,
    ip: attempt.ip,
    port: attempt.port,
    code: attempt.status,
    state: failureCode(attempt) === undefined ? undefined : "failed",
  };
}

/**
 * The log record as one line of JSON without its line end. Encoded once per closed call, whoever
 * asks; a call that is still open is encoded afresh each time. Never throws: a plugin's figures that
 * are not JSON are left out.
 */
export function encodeLogRecord(record: CallRecord): string {
  if (record.encoded !== undefined) return record.encoded;
  const line = escapeUnprintable(stringify(logRecord(record)));
  if (record.endedAtMs !== undefined) record.encoded = line;
  return line;
}

function stringify(log: LogRecord): string {
  try {
    return JSON.stringify(log);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { ai, ...rest } = log;
    return JSON.stringify({ ...rest, log_error: `the ai member could not be written: ${reason}` });
  }
}

// What JSON lets through and a terminal or a viewer may obey: DEL, C1 controls, line separators and
// the bidirectional controls of https://www.unicode.org/reports/tr9/.
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, "g");

function escapeUnprintable(json: string): string {
  if (!UNPRINTABLE.test(json)) return json;
  return json.replace(
    ALL_UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
