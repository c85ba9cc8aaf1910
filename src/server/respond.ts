import type { HeaderMap } from "../framing/header-map.ts";
import {
  type ClientAnswer,
  clientAnswer,
  type StreamedAnswer,
  type WholeAnswer,
} from "../gateway/answer/client-answer.ts";
import type { Call } from "../gateway/call/call.ts";
import { asGatewayError, errorReply, plainErrorReply } from "../gateway/call/error-reply.ts";
import type { Reply } from "../gateway/call/reply.ts";
import { acceptsGzip } from "../providers/upstream-headers.ts";
import { type CallRecord, whenClosed } from "../telemetry/call-record.ts";
import { ClientStream } from "./client-stream.ts";
import { endRecord, type Finish } from "./finish.ts";
import { writeKongHeaders } from "./kong-headers.ts";

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
    return whole(error, plainAnswer(error), record, request, finish);
  };
  const answered = (answer: ClientAnswer) =>
    answer.type === "whole"
      ? whole(reply, answer, record, request, finish)
      : streamed(reply, answer, record, finish);
  try {
    const answer = call ? clientAnswer(reply, call) : plainAnswer(reply);
    const response = answer instanceof Promise ? answer.then(answered) : answered(answer);
    return response instanceof Promise ? response.catch(failed) : response;
  } catch (thrown) {
    return failed(thrown);
  }
}

function whole(
  head: Reply,
  answer: WholeAnswer,
  record: CallRecord,
  request: Request,
  finish: Finish,
): Response {
  const headers = responseHeaders(head, answer, record, finish);
  const { status } = head;
  const content = compressedFor(request, head, answer.content, headers);
  const body = hasNoBody(status) ? null : content;
  // What the runtime refuses to send is no answer, so nothing is recorded before.
  const response = new Response(body, { status, headers: native(headers) });
  record.response = { status, headers, size: Buffer.byteLength(content) };
  endRecord(record, finish);
  return response;
}

function streamed(
  head: Reply,
  answer: StreamedAnswer,
  record: CallRecord,
  finish: Finish,
): Response | Promise<Response> {
  const stream = new ClientStream(answer.chunks, record, finish);
  const { streamsInFlight } = finish.processState.metrics;
  streamsInFlight.add(1);
  whenClosed(record, () => streamsInFlight.add(-1));
  const response = () => {
    try {
      const headers = responseHeaders(head, answer, record, finish);
      const { status } = head;
      const init = { status, headers: native(headers) };
      record.response = { status, headers, size: 0 };
      return new Response(stream.body(), init);
    } catch (thrown) {
      answer.chunks.cancel();
      throw thrown;
    }
  };
  // A model's stream has said something: its first bytes can leave in one packet with the head.
  return answer.contentType ? stream.begin().then(response) : response();
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

function plainAnswer({ body }: Reply): WholeAnswer {
  if (body.type !== "whole") throw new TypeError("the gateway's own answers are whole");
  return { type: "whole", content: body.bytes };
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
  } else if (record.ai || record.source === "gateway") {
    // What a plain service says of its own answers is its business.
    headers.set("cache-control", "no-store");
  }
  writeRequestId(headers, record);
  writeKongHeaders(headers, record, finish.kongHeaders);
  if (finish.closesConnection()) headers.set("connection", "close");
  return headers;
}

const REQUEST_ID = "x-request-id";

/** A model vendor's own id stands under another name; that of a plain service is its own business. */
function writeRequestId(headers: HeaderMap, { ai, requestId }: CallRecord): void {
  const own = headers.get(REQUEST_ID);
  if (own !== null && !ai) return;
  if (own !== null) headers.set("x-upstream-request-id", own);
  headers.set(REQUEST_ID, requestId);
}

/** One by one: the runtime takes them from an object for half as much again. */
function native(headers: HeaderMap): Headers {
  const native = new Headers();
  headers.forEach((value, name) => {
    native.append(name, value);
  });
  return native;
}

function compressedFor(
  request: Request,
  head: Reply,
  content: Uint8Array | string,
  headers: HeaderMap,
): Uint8Array<ArrayBuffer> | string {
  const plain = content as Uint8Array<ArrayBuffer> | string;
  if (!head.compressed || !acceptsGzip(request.headers)) return plain;
  headers.set("content-encoding", "gzip");
  return Bun.gzipSync(plain);
}
