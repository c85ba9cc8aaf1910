import { GatewayError } from "../../chat/error.ts";
import { expand } from "../../chat/expand.ts";
import { isJsonObject, parseJson } from "../../chat/json.ts";
import { type ChatResponse, hasAnswer } from "../../chat/response.ts";
import { decodedOrTold } from "../../formats/error-object.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { flowOf } from "../../framing/flow.ts";
import type { AiRecord } from "../../telemetry/call-record.ts";
import { withEstimatedPrompt } from "../../telemetry/estimate.ts";
import { observeResponse } from "../call/ai-record.ts";
import type { Call } from "../call/call.ts";
import { type Plan, transformationFailed } from "../call/plan.ts";
import { estimatedTokens } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import type { Incoming } from "../call/upstream.ts";
import { type OriginalNames, withOriginalNames } from "../request/tool-names.ts";
import type { UpstreamBody } from "../request/upstream-body.ts";
import { answerHeaders } from "./answer-headers.ts";
import { type AnswerText, readAnswerText } from "./read-answer.ts";

/** A complete answer, checked to be one. Throws `upstream_bad_response` for a 200 that is none. */
export function wholeReply(
  incoming: Incoming,
  call: Call,
  plan: Plan,
  { originalNames }: Pick<UpstreamBody, "originalNames">,
): Reply | Promise<Reply> {
  const read = readAnswerText(incoming, call);
  const asked = { plan, originalNames };
  return read instanceof Promise
    ? read.then((answer) => replyOf(answer, incoming, call, asked))
    : replyOf(read, incoming, call, asked);
}

function replyOf(
  { bytes, text }: AnswerText,
  incoming: Incoming,
  call: Call,
  { plan, originalNames }: { readonly plan: Plan; readonly originalNames: OriginalNames },
): Reply {
  const { format } = plan;
  if (!format) throw transformationFailed(plan, "the provider has no dialect for it");
  const decoded = withOriginalNames(decodeAnswer(text, format, plan), originalNames);
  checkHasAnswer(decoded);
  const { ai } = call.record;
  if (ai?.payloads) ai.payloadResponse = text;
  const response = ai ? observed(decoded, ai, call) : decoded;
  const { status, headers } = incoming;
  return {
    status,
    headers: answerHeaders(headers, plan, call),
    body:
      plan.rewritesAnswers || originalNames
        ? { type: "events", batches: flowOf(expand(response)) }
        : { type: "whole", format, bytes, response },
    compressed: headers.has("content-encoding"),
  };
}

/** The answer, as it was noted. A count that leaves out the prompt is completed by an estimate. */
function observed(response: ChatResponse, ai: AiRecord, { prompt }: Call): ChatResponse {
  observeResponse(ai, response);
  const { usage } = response;
  if (!prompt || (usage && usage.promptTokens > 0)) return response;
  ai.estimatedPromptTokens = estimatedTokens(prompt, false);
  if (!usage) return response;
  ai.usage = withEstimatedPrompt(usage, ai.estimatedPromptTokens);
  return { ...response, usage: ai.usage };
}

function checkHasAnswer(response: ChatResponse): void {
  if (hasAnswer(response)) return;
  const message =
    response.choices.length === 0
      ? "the upstream's answer holds no choice"
      : "the upstream's answer says nothing, nor why it ended";
  throw new GatewayError("upstream_bad_response", message, { status: 502 });
}

function decodeAnswer(text: string, format: WireFormat, plan: Plan): ChatResponse {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch (cause) {
    throw transformationFailed(plan, format.undecodable, cause);
  }
  const wire = format.answerOf ? format.answerOf(body) : body;
  if (!isJsonObject(wire)) throw transformationFailed(plan, format.undecodable);
  try {
    return decodedOrTold(format.decodeResponse, wire);
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    // An error in place of an answer keeps its own code and status.
    if (cause.code !== "upstream_bad_response") throw cause;
    throw transformationFailed(plan, cause.message, cause);
  }
}
