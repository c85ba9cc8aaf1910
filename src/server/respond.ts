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
  /** The runtime says that the client has left. */
  clientLeft(): void;
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
  const answered = (answer: ClientAnswer) => written(reply, answer, record, request, finish);
  try {
    const answer = call ? clientAnswer(reply, call) : plainAnswer(reply);
    if (answer instanceof Promise) return answer.then(answered, failed);
    if (answer.type === "whole" || !answer.contentType) return answered(answer);
    // A model's stream has said something: its first bytes can leave in one packet with the head.
    return begun(answer).then(answered, failed);
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Chunks of which the first has been taken from its source. */
type Begun = Extract<ClientAnswer, { type: "chunks" }> & {
  readonly source: AsyncIterator<Uint8Array>;
  readonly first: IteratorResult<Uint8Array>;
};

async function begun(answer: Extract<ClientAnswer, { type: "chunks" }>): Promise<Begun> {
  const source = answer.chunks[Symbol.asyncIterator]();
  return { ...answer, source, first: await source.next() };
}

function written(
  head: Reply,
  answer: ClientAnswer | Begun,
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
  const body = counted(answer, record, record.response, finish);
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

/**
 * Passes a stream's bytes on as fast as the client takes them, and ends the record with the stream.
 * A direct stream writes head and first bytes in one go; an iterator's head would leave in a packet
 * for every word of it.
 */
function counted(
  answer: Extract<ClientAnswer, { type: "chunks" }> | Begun,
  record: CallRecord,
  response: { size: number },
  finish: Finish,
): ReadableStream<Uint8Array> {
  const { client, clientStallMs, cut } = finish;
  const source = "source" in answer ? answer.source : answer.chunks[Symbol.asyncIterator]();
  let taken = "first" in answer ? answer.first : undefined;
  const untaken: Deadline = { atMs: Number.POSITIVE_INFINITY, expire: cut };
  let isRead = false;
  let isOver = false;

  function stop() {
    isOver = true;
    unwatch(untaken);
    end(record, finish);
  }

  async function pass(controller: ReadableStreamDirectController): Promise<void> {
    for (;;) {
      untaken.atMs = Number.POSITIVE_INFINITY;
      const { done, value } = taken ?? (await source.next());
      taken = undefined;
      if (isOver || done) return;
      response.size += value.byteLength;
      untaken.atMs = performance.now() + clientStallMs;
      controller.write(value);
      const flushed = controller.flush(true);
      if (typeof flushed !== "number") await flushed;
      if (isOver) return;
    }
  }

  // A body that nobody has begun to read is not told that its reader left.
  client.whenLeft(() => {
    if (!isRead) stop();
  });

  return new ReadableStream({
    type: "direct",
    async pull(controller) {
      isRead = true;
      watch(untaken);
      try {
        await pass(controller);
      } catch (thrown) {
        record.streamError ??= asGatewayError(thrown);
        stop();
        throw thrown;
      }
      if (isOver) return;
      stop();
      controller.close();
    },
    async cancel() {
      isOver = true;
      finish.clientLeft();
      try {
        await source.return?.();
      } finally {
        stop();
      }
    },
  });
}

function end(record: CallRecord, finish: Finish): void {
  const clientAborted = finish.client.hasLeft();
  if (closeRecord(record, { endedAtMs: performance.now(), clientAborted })) finish.done(record);
}
