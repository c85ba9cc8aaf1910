import { GatewayError } from "../../chat/error.ts";
import { isJsonObject } from "../../chat/json.ts";
import {
  decodeEmbeddings,
  type Encoding,
  encodingOf,
  inputCount,
  reencoded,
} from "../../formats/embeddings/client.ts";
import { isAnsweredWith } from "../../providers/operations.ts";
import type { Invocation } from "../../providers/provider.ts";
import { withBodyDefaults } from "../../providers/tuning.ts";
import { answerHeaders } from "../answer/answer-headers.ts";
import { observeEmbeddings, readEmbeddings } from "../answer/embeddings-answer.ts";
import { isAnswer } from "../answer/pass-through.ts";
import { vendorError } from "../answer/vendor-error.ts";
import type { Call } from "../call/call.ts";
import { noteLosses, refuseLosses } from "../call/fidelity.ts";
import { operationName, type Plan } from "../call/plan.ts";
import type { Prompt } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { extraBodyOf } from "../request/extra-body.ts";
import { outgoingRequest } from "../request/outgoing-request.ts";
import { withTextInput } from "../request/token-input.ts";
import { withExtraBody } from "../request/upstream-body.ts";
import { exchange } from "../upstream/exchange.ts";
import { embedInParts } from "./embed-in-parts.ts";

/** Asks one target for the vectors of texts. Throws as `attempt` does. */
export async function embed(call: Call, prompt: Prompt, plan: Plan): Promise<Reply> {
  const { provider, model } = plan.resolved;
  const { options } = model;
  const { routeType } = plan.settings;
  const invocation: Invocation = {
    routeType,
    model: plan.model,
    options,
    stream: false,
  };
  const format = isAnsweredWith("vectors", routeType)
    ? provider.operations[routeType]?.format?.(options, plan.model)
    : undefined;
  if (!format) {
    throw new GatewayError("invalid_request", `no transformer for ${operationName(plan)}`);
  }
  const encoding = encodingOf(prompt.wire);
  if (format === "as-it-came") return embedAsItCame(call, prompt, plan, invocation, encoding);
  const { embeddings_dimensions: dimensions } = options;
  const asked = await withTextInput(prompt.wire);
  const wire = dimensions === undefined ? asked : { ...asked, dimensions };
  return embedInParts(call, plan, wire, encoding, format);
}

/** A vendor of the client's own dialect: request and answer go as they came, but for what is configured. */
async function embedAsItCame(
  call: Call,
  prompt: Prompt,
  plan: Plan,
  invocation: Invocation,
  encoding: Encoding,
): Promise<Reply> {
  const extraBody = extraBodyOf(prompt.wire);
  const own = withBodyDefaults(extraBody?.rest ?? prompt.wire, invocation);
  const { wire, notices } = withExtraBody(own, extraBody, plan, {});
  refuseLosses(notices, plan);
  noteLosses(call, plan, notices);
  const sent = { wire, bytes: wire === prompt.wire ? prompt.bytes : undefined };
  const { ai } = call.record;
  if (ai?.payloads) ai.payloadRequest = JSON.stringify(wire);
  const incoming = await exchange(call, plan, outgoingRequest(call, plan, sent));
  const { status, headers } = incoming;
  if (!isAnswer(status)) return vendorError(incoming, call, plan);
  const read = await readEmbeddings(incoming, call, plan, decodeEmbeddings, inputCount(wire));
  observeEmbeddings(call, wire, read.answer, read.text);
  // Some vendors of this dialect give numbers whatever they are asked for, and SDKs ask for base64.
  const changed = isJsonObject(read.body) ? reencoded(read.body, encoding) : undefined;
  return {
    status,
    headers: answerHeaders(headers, plan, call),
    body: {
      type: "whole",
      bytes: changed ? new TextEncoder().encode(JSON.stringify(changed)) : read.bytes,
    },
    compressed: headers.has("content-encoding"),
  };
}
