import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import {
  decodeEmbeddings,
  decodeEmbeddingsRequest,
  type Encoding,
  encodeEmbeddings,
  encodingOf,
  inputCount,
  reencoded,
} from "../../formats/embeddings/client.ts";
import type { EmbeddingsFormat, EmbeddingsResponse } from "../../formats/embeddings/format.ts";
import { extraBodyOf } from "../../formats/extra-body.ts";
import { isHarmless } from "../../formats/harmless.ts";
import type { EncodedRequest } from "../../formats/wire-format.ts";
import { HeaderMap, type ReadHeaders } from "../../framing/header-map.ts";
import { isAnsweredWith } from "../../providers/operations.ts";
import type { Invocation } from "../../providers/provider.ts";
import { withBodyDefaults } from "../../providers/tuning.ts";
import type { Attempt } from "../../telemetry/call-record.ts";
import { answerHeaders } from "../answer/answer-headers.ts";
import { observeEmbeddings, readEmbeddings } from "../answer/embeddings-answer.ts";
import { isAnswer } from "../answer/pass-through.ts";
import { vendorError } from "../answer/vendor-error.ts";
import type { Asking } from "../call/call.ts";
import { noteLosses, refuseLosses } from "../call/fidelity.ts";
import { operationName, type Plan } from "../call/plan.ts";
import type { Prompt } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { outgoingRequest } from "../request/outgoing-request.ts";
import { withTextInput } from "../request/token-input.ts";
import { withExtraBody } from "../request/upstream-body.ts";
import { exchange, openAttempt } from "../upstream/exchange.ts";
import { embedInProcess } from "./embed-in-process.ts";

/** Asks one target for the vectors of texts. Throws as `attempt` does. */
export async function embed(call: Asking, prompt: Prompt, plan: Plan): Promise<Reply> {
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
  if (format === "in-process") return embedInProcess(call, plan, wire, encoding);
  return embedInParts(call, plan, wire, encoding, format);
}

/** A vendor of the client's own dialect: request and answer go as they came, but for what is configured. */
async function embedAsItCame(
  call: Asking,
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

/** Requests of one call that are under way together. */
const AT_ONCE = 8;

/** One upstream request of those that together are one attempt at a target. */
interface Part {
  readonly wire: JsonObject;
  /** How many vectors are due. */
  readonly texts: number;
}

/**
 * Asks a vendor of another dialect. A client's list that is longer than what the vendor takes at once
 * is asked for in parts and answered as one; where a part fails, so does the call.
 */
export async function embedInParts(
  call: Asking,
  plan: Plan,
  wire: JsonObject,
  encoding: Encoding,
  format: EmbeddingsFormat,
): Promise<Reply> {
  const [parts, notices] = partsOf(wire, plan, format);
  refuseLosses(notices, plan);
  noteLosses(call, plan, notices);
  const { ai } = call.record;
  const wires = parts.map((part) => part.wire);
  if (ai?.payloads) ai.payloadRequest = JSON.stringify(wires.length === 1 ? wires[0] : wires);
  const found = await askForParts(call, plan, parts, format);
  if ("refused" in found) return found.refused;
  const [first] = found.answers;
  const answer = joined(found.answers);
  const usage = observeEmbeddings(call, wire, answer);
  const model = answer.model ?? plan.model;
  const text = JSON.stringify(encodeEmbeddings({ ...answer, model, usage }, encoding));
  if (ai?.payloads) ai.payloadResponse = text;
  const headers = answerHeaders(first?.headers ?? HeaderMap.of(), plan, call);
  headers.set("content-type", "application/json");
  return { status: 200, headers, body: { type: "whole", bytes: new TextEncoder().encode(text) } };
}

/** The requests, and what all of them leave out. */
function partsOf(
  wire: JsonObject,
  plan: Plan,
  format: EmbeddingsFormat,
): readonly [readonly Part[], EncodedRequest["notices"]] {
  const request = decodeEmbeddingsRequest(wire, plan.model);
  const extraBody = extraBodyOf(wire);
  const parts: Part[] = [];
  let notices: EncodedRequest["notices"] = [];
  for (let at = 0; at < request.texts.length; at += format.maxTexts) {
    const texts = request.texts.slice(at, at + format.maxTexts);
    const encoded = format.encodeRequest({ ...request, texts });
    const whole = withExtraBody(encoded.wire, extraBody, plan, {});
    const lost = encoded.notices.filter(({ field }) => !isHarmless(field, wire[field] ?? null));
    notices = [...lost, ...whole.notices];
    parts.push({ wire: whole.wire, texts: texts.length });
  }
  return [parts, notices];
}

type PartAnswer = EmbeddingsResponse & { readonly headers: ReadHeaders };
type PartFound = { readonly answer: PartAnswer } | { readonly refused: Reply };

/** Every part's answer, or the vendor's refusal of the first that it refused; then no more are sent. */
async function askForParts(
  call: Asking,
  plan: Plan,
  parts: readonly Part[],
  format: EmbeddingsFormat,
): Promise<{ readonly answers: readonly PartAnswer[] } | { readonly refused: Reply }> {
  const answers: PartAnswer[] = [];
  let attempt: Attempt | undefined;
  for (let at = 0; at < parts.length; at += AT_ONCE) {
    const wave = parts.slice(at, at + AT_ONCE).map((part) => {
      const outgoing = outgoingRequest(call, plan, { wire: part.wire, bytes: undefined });
      attempt ??= openAttempt(call, plan, outgoing.url);
      return exchange(call, plan, outgoing, attempt).then(async (incoming): Promise<PartFound> => {
        const { status, headers } = incoming;
        if (!isAnswer(status)) return { refused: await vendorError(incoming, call, plan) };
        const decode = (body: unknown) => format.decodeResponse(body, headers);
        const { answer } = await readEmbeddings(incoming, call, plan, decode, part.texts);
        return { answer: { ...answer, headers } };
      });
    });
    // All are waited for, so that none is under way any more when the call ends.
    const settled = await Promise.allSettled(wave);
    for (const one of settled) {
      if (one.status === "rejected") throw one.reason;
      if ("refused" in one.value) return one.value;
      answers.push(one.value.answer);
    }
  }
  return { answers };
}

function joined(answers: readonly PartAnswer[]): EmbeddingsResponse {
  const [first] = answers;
  const usages = answers.map(({ usage }) => usage).filter((usage) => usage !== undefined);
  const promptTokens = usages.reduce((sum, usage) => sum + usage.promptTokens, 0);
  return {
    vectors: answers.flatMap(({ vectors }) => vectors),
    ...(first?.model !== undefined && { model: first.model }),
    // A part that was not counted would make the sum too small.
    ...(usages.length === answers.length && {
      usage: { promptTokens, completionTokens: 0, totalTokens: promptTokens },
    }),
  };
}
