import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import type { Target } from "../../providers/target.ts";
import { upstreamRequest } from "../../providers/upstream-request.ts";
import { hideNames } from "../../telemetry/call-record.ts";
import { answerHeaders } from "../answer/answer-headers.ts";
import { passedThrough, streamedThrough } from "../answer/pass-through.ts";
import { observeResponse, openAiRecord } from "../call/ai-record.ts";
import { clientVersion } from "../call/answer-context.ts";
import type { Call, Next } from "../call/call.ts";
import type { ClientBody } from "../call/client.ts";
import { watchModelField } from "../call/multipart-model.ts";
import { type Plan, type ProxySettings, planOf } from "../call/plan.ts";
import { maybeJson, mayNameTwoModels, mediaType, unreadable } from "../call/prompt.ts";
import { contentCoding, inflatedStream } from "../call/read-body.ts";
import type { Reply } from "../call/reply.ts";
import { modelFor, resolveFor } from "../call/resolve.ts";
import type { Outgoing } from "../call/upstream.ts";
import { bodyCredentials } from "../request/outgoing-request.ts";
import { exchange, noteFailure } from "../upstream/exchange.ts";
import { serviceClocks } from "../upstream/target-clocks.ts";

const JSON_TYPE = "application/json";

/**
 * Passes a call through with the target's address and credentials and nothing else changed. A JSON
 * body is still read for its `model`; where the model is configured, so is any text, and a form is
 * looked into as it streams through. Any other body is streamed through unread. `usageFormat` is the dialect in which an answer's usage is looked for.
 */
export async function preserve(
  target: Target,
  settings: ProxySettings,
  usageFormat: WireFormat,
  call: Call,
  next: Next,
): Promise<Reply> {
  const resolved = resolveFor(target, call);
  const contentType = call.request.headers.get("content-type") ?? "application/json";
  const isPinned = Boolean(resolved.model.name);
  const bytes = isRead(contentType, isPinned)
    ? await call.request.body.bytes(settings.maxRequestBodyBytes)
    : undefined;
  const wire = bytes && jsonObject(bytes);
  const asked = wire && usageFormat.intent.model(wire, call.request.path);
  const model = modelFor(resolved, settings, asked ?? formModel(bytes, contentType));
  const plan = planOf(resolved, settings, model, false);
  hideNames(call.record, settings.secretNames);
  call.record.ai = openAiRecord(plan, performance.now());
  const checkModel = (name: string) => void modelFor(resolved, settings, name);
  const guard = isPinned
    ? (form: ReadableStream<Uint8Array>) =>
        watchModelField(plainStream(form, call.request), contentType, checkModel)
    : undefined;
  const body: PreservedBody = { bytes, wire, ...(guard && { guard }) };
  const clocks = serviceClocks(call);
  return next({ ...call, clocks, forward: (inner) => forward(inner, plan, usageFormat, body) });
}

interface PreservedBody {
  readonly bytes: Uint8Array | undefined;
  readonly wire: JsonObject | undefined;
  /** Looks into a body that nobody has read. */
  guard?(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
}

function isRead(contentType: string, isPinned: boolean): boolean {
  const type = mediaType(contentType);
  if (type === JSON_TYPE) return true;
  return isPinned && (maybeJson(contentType) || type.startsWith("text/"));
}

/** The `model` of a form that is all there. */
function formModel(bytes: Uint8Array | undefined, contentType: string): string | undefined {
  if (!bytes || mediaType(contentType) !== "application/x-www-form-urlencoded") return undefined;
  return new URLSearchParams(textOf(bytes)).get("model") ?? undefined;
}

async function forward(
  call: Call,
  plan: Plan,
  usageFormat: WireFormat,
  body: PreservedBody,
): Promise<Reply> {
  const { attempts } = call.record;
  const attemptsBefore = attempts.length;
  try {
    const incoming = await exchange(call, plan, await preserved(call, plan, body));
    const { status, headers } = incoming;
    const isRead = status >= 400 || mediaType(headers.get("content-type") ?? "") === JSON_TYPE;
    if (!isRead) {
      return streamedThrough(incoming, call, call.clocks.readMs, attempts[attemptsBefore]);
    }
    const reply = await passedThrough(incoming, call);
    if (status !== 200 || reply.body.type !== "whole") return reply;
    observeUsage(call, usageFormat, reply.body.bytes);
    return { ...reply, headers: answerHeaders(headers, plan, call) };
  } catch (cause) {
    noteFailure(attempts[attemptsBefore], cause);
    throw cause;
  }
}

async function preserved(
  call: Call,
  plan: Plan,
  { bytes: looked, wire, guard }: PreservedBody,
): Promise<Outgoing> {
  const { method, headers, search, body } = call.request;
  const unread = looked ? null : body.stream();
  // Somebody further out may have read a body that is not looked into here.
  const bytes = looked ?? (unread ? undefined : await given(body));
  const version = clientVersion(call, plan);
  const request = upstreamRequest(plan.resolved, {
    method,
    path: call.upstreamPath,
    clientPath: call.request.path,
    search,
    headers,
    model: plan.model,
    stream: false,
    jsonBody: false,
    ...(version !== undefined && { clientVersion: version }),
    ...(wire && { clientBody: wire }),
  });
  // What was looked into is inflated.
  if (bytes || guard) delete request.headers["content-encoding"];
  const isRewritten = request.bodyMembers || (guard && bytes && mayNameTwoModels(textOf(bytes)));
  const sent =
    wire && isRewritten
      ? JSON.stringify({ ...wire, ...request.bodyMembers })
      : (bytes ?? (unread && guard ? guard(unread) : (unread ?? undefined)));
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    ...(sent !== undefined && { body: sent }),
    ...bodyCredentials(request),
  };
}

/** What was read already, or no body at all. */
async function given(body: ClientBody): Promise<Uint8Array | undefined> {
  const bytes = await body.bytes(0);
  return bytes.byteLength === 0 ? undefined : bytes;
}

function plainStream(body: ReadableStream<Uint8Array>, { headers }: Call["request"]) {
  return inflatedStream(body, contentCoding(headers));
}

/** The usage of an answer that happens to be in `format`; any other answer is nobody's business. */
function observeUsage(call: Call, format: WireFormat, bytes: Uint8Array): void {
  const { ai } = call.record;
  if (!ai) return;
  try {
    const wire = jsonObject(bytes);
    if (!wire) return;
    observeResponse(ai, format.decodeResponse(wire));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Throws `invalid_request` for JSON that is not looked into: it might name another model. */
function jsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(textOf(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch (cause) {
    if (cause instanceof RangeError) throw unreadable(cause);
    return undefined;
  }
}
