import type { HeaderMap } from "../framing/header-map.ts";
import type { Call, Client } from "../gateway/call.ts";
import { type ClientAnswer, clientAnswer } from "../gateway/client-answer.ts";
import { type Deadline, unwatch, watch } from "../gateway/clocks.ts";
import { asGatewayError, errorReply, plainErrorReply } from "../gateway/error-reply.ts";
import type { Reply } from "../gateway/reply.ts";
import { acceptsGzip } from "../providers/upstream-headers.ts";
import { type CallRecord, closeRecord } from "../telemetry/call-record.ts";
import { type KongHeaders, writeKongHeaders } from "./kong-headers.ts";

export interface Finish {
  /** Whether the connection is to end with this answer. */
  closesConnection(): boolean;
  /** Milliseconds that a client may leave bytes of its answer untaken. */
  readonly clientStallMs: number;
  /** Which headers of the gateway's own the answer gets. */
  readonly kongHeaders: KongHeaders;
  /** Ends the connection of a client that takes nothing. */
  cut(): void;
  readonly client: Client;
  /** Called once, when the last byte was handed over or nobody waits for it any more. */
  done(record: CallRecord): void;
}

/** Writes a reply: headers, body in the client's dialect, and the end of the call's record. */
export function respond(
  reply: Reply,
  call: Call | undefined,
  record: CallRecord,
  request: Request,
  finish: Finish,
): Response | Promise<Response> {
  const failed = (thrown: unknown) => {
    const error = untranslatable(thrown, reply, record);
    return written(error, plainAnswer(error), record, request, finish);
  };
  try {
    const answer = call ? clientAnswer(reply, call) : plainAnswer(reply);
    if (!(answer instanceof Promise)) return written(reply, answer, record, request, finish);
    return answer.then((whole) => written(reply, whole, record, request, finish), failed);
  } catch (thrown) {
    return failed(thrown);
  }
}

function written(
  head: Reply,
  answer: ClientAnswer,
  record: CallRecord,
  request: Request,
  finish: Finish,
): Response {
  const headers = responseHeaders(head, answer, record, finish);
  const { status } = head;
  record.response = { status, headers, size: 0 };
  if (answer.type === "whole") {
    const bytes = compressedFor(request, head, answer.bytes, headers);
    record.response.size = bytes.byteLength;
    end(record, finish);
    return new Response(hasNoBody(status) ? null : bytes, { status, headers: headers.fields });
  }
  const body = counted(answer.chunks, record, record.response, finish);
  return new Response(body, { status, headers: headers.fields });
}

/** An answer that cannot be brought into the client's dialect becomes an error that can. */
function untranslatable(thrown: unknown, { prompt }: Reply, record: CallRecord): Reply {
  const error = asGatewayError(thrown);
  record.error = error;
  record.source = "gateway";
  return prompt
    ? errorReply(error, prompt.format, record.requestId)
    : plainErrorReply(error, record.requestId);
}

function plainAnswer({ body }: Reply): ClientAnswer {
  if (body.type !== "whole") throw new TypeError("the gateway's own answers are whole");
  return { type: "whole", bytes: body.bytes };
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

function responseHeaders(
  head: Reply,
  answer: ClientAnswer,
  record: CallRecord,
  finish: Finish,
): HeaderMap {
  const { headers } = head;
  if (answer.contentType) headers.set("content-type", answer.contentType);
  if (answer.type === "chunks" && answer.contentType) {
    headers.set("cache-control", "no-cache");
    headers.set("x-accel-buffering", "no");
  }
  writeKongHeaders(headers, record, finish.kongHeaders);
  if (finish.closesConnection()) headers.set("connection", "close");
  return headers;
}

function compressedFor(
  request: Request,
  head: Reply,
  bytes: Uint8Array,
  headers: HeaderMap,
): Uint8Array<ArrayBuffer> {
  const plain = bytes as Uint8Array<ArrayBuffer>;
  if (!head.compressed || !acceptsGzip(request.headers)) return plain;
  headers.set("content-encoding", "gzip");
  return Bun.gzipSync(plain);
}

/** Passes a stream's bytes on, one pull at a time, and ends the record with the stream. */
function counted(
  chunks: AsyncIterable<Uint8Array>,
  record: CallRecord,
  response: { size: number },
  finish: Finish,
): AsyncIterableIterator<Uint8Array> {
  const { client, clientStallMs, cut } = finish;
  const source = chunks[Symbol.asyncIterator]();
  const untaken: Deadline = { atMs: Number.POSITIVE_INFINITY, expire: cut };
  let begun = false;

  function stop() {
    unwatch(untaken);
    end(record, finish);
  }

  function arrived(result: IteratorResult<Uint8Array>) {
    if (result.done) {
      stop();
      return result;
    }
    response.size += result.value.byteLength;
    untaken.atMs = performance.now() + clientStallMs;
    return result;
  }

  function broke(thrown: unknown): never {
    record.streamError ??= asGatewayError(thrown);
    stop();
    throw thrown;
  }

  // A body that nobody has begun to read is not told that its reader left.
  const endIfUnread = () => {
    if (!begun) end(record, finish);
  };
  client.whenLeft(endIfUnread);

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (!begun) watch(untaken);
      begun = true;
      untaken.atMs = Number.POSITIVE_INFINITY;
      return source.next().then(arrived, broke);
    },
    async return() {
      try {
        await source.return?.();
      } finally {
        stop();
      }
      return { done: true, value: undefined };
    },
  };
}

function end(record: CallRecord, finish: Finish): void {
  const clientAborted = finish.client.hasLeft();
  if (closeRecord(record, { endedAtMs: performance.now(), clientAborted })) finish.done(record);
}
