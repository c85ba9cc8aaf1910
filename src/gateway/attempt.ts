import { GatewayError } from "../chat/error.ts";
import type { Notice } from "../chat/notice.ts";
import { upstreamRequest } from "../providers/upstream-request.ts";
import { processMetrics } from "../telemetry/gateway-metrics.ts";
import type { Call } from "./call.ts";
import { exchange } from "./exchange.ts";
import { refuseLosses } from "./fidelity.ts";
import { passedThrough } from "./pass-through.ts";
import type { Plan } from "./plan.ts";
import type { Reply } from "./reply.ts";
import { streamedReply } from "./streamed-reply.ts";
import type { Outgoing } from "./upstream.ts";
import { type UpstreamBody, upstreamBody } from "./upstream-body.ts";
import { wholeReply } from "./whole-reply.ts";

/**
 * Sends a call to one target and gives the answer as the vendor gave it: bytes in its format, or
 * events. Throws a `GatewayError` when no usable answer came; then nothing was sent to the client.
 */
export async function attempt(call: Call, wanted: Plan): Promise<Reply> {
  const { prompt } = call;
  if (!prompt) throw new GatewayError("internal", "a call reached its target without a prompt");
  // A plugin that works on the whole answer has taken the wish for a stream out of the prompt.
  const plan = prompt.stream === wanted.stream ? wanted : { ...wanted, stream: prompt.stream };
  const body = upstreamBody(prompt, plan);
  if (plan.settings.fidelity === "strict") refuseLosses(body.notices, plan.resolved.provider);
  const outgoing = outgoingRequest(call, plan, body);
  if (body.notices.length > 0) noteLosses(call, plan, body.notices);
  if (call.record.ai?.payloads) call.record.ai.payloadRequest = JSON.stringify(body.wire);
  const incoming = await exchange(call, plan, outgoing);
  if (!isAnswer(incoming.response.status)) return passedThrough(incoming, call);
  return plan.stream
    ? streamedReply(incoming, call, prompt, plan, body.hiddenUsage)
    : wholeReply(incoming, call, plan);
}

function noteLosses(call: Call, plan: Plan, notices: readonly Notice[]): void {
  call.record.notices = notices;
  for (const { kind } of notices) {
    processMetrics.fidelityNotices.add(1, plan.resolved.provider.name, kind);
  }
}

/** Only these carry an answer to translate; every other status is passed on as it came. */
function isAnswer(status: number): boolean {
  return status === 200 || status === 201;
}

/** The upstream request as it would be sent; nothing is sent here. */
export function outgoingRequest(call: Call, plan: Plan, body: UpstreamBody): Outgoing {
  const { method, headers, search } = call.request;
  const request = upstreamRequest(plan.resolved, {
    method,
    path: call.upstreamPath,
    clientPath: call.request.path,
    search,
    headers,
    model: plan.model,
    stream: plan.stream,
    jsonBody: true,
    ...(call.prompt && { clientBody: call.prompt.wire }),
  });
  const bytes = request.bodyMembers ? undefined : body.bytes;
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: bytes ?? JSON.stringify({ ...body.wire, ...request.bodyMembers }),
  };
}
