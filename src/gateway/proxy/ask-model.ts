import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, parseJson } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Target } from "../../providers/target.ts";
import { type AiRecord, type CallRecord, closeRecord } from "../../telemetry/call-record.ts";
import { estimatePromptTokens } from "../../telemetry/estimate.ts";
import { isAnswer } from "../answer/pass-through.ts";
import { checkNotCompressed, readAnswer } from "../answer/read-answer.ts";
import { observeResponse, openAiRecord } from "../call/ai-record.ts";
import type { Call } from "../call/call.ts";
import { bodyOf } from "../call/client-body.ts";
import { commonFormat } from "../call/client-format.ts";
import { type Plan, planOf, proxySettings } from "../call/plan.ts";
import { promptOf } from "../call/prompt.ts";
import { modelFor, resolveFor } from "../call/resolve.ts";
import type { Clocks, Outgoing } from "../call/upstream.ts";
import { outgoingRequest } from "../request/outgoing-request.ts";
import { upstreamBody } from "../request/upstream-body.ts";
import { exchange, noteFailure } from "../upstream/exchange.ts";

/** A question of the gateway's own, asked on behalf of a call. */
export interface Question {
  readonly target: Target;
  readonly pluginId: string;
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly path?: Pick<Outgoing, "proxies" | "verifiesTls">;
}

/** What went wrong, and how far the question got. */
export class AskError extends Error {
  readonly stage: "sending" | "status" | "decoding" | "json" | "choices";

  constructor(stage: AskError["stage"], message: string, cause?: unknown) {
    super(message, { cause });
    this.stage = stage;
  }
}

/**
 * Asks one model, of any provider, a question in a few messages, and gives the text of the whole
 * answer's first choice. None of the client's headers go with it; templates in the target are filled
 * in from the call. How it went stands in the question's own `record`, closed when this settles: the
 * call's knows nothing of it. Throws `AskError`; and `GatewayError` for what concerns the call
 * itself: it was given up, a template's value is missing, or there are no credentials.
 */
export async function askModel(
  question: Question,
  call: Call,
  record: CallRecord,
): Promise<string> {
  try {
    const plan = planFor(question, call);
    const wire = { model: plan.model, messages: question.messages, stream: false };
    const prompt = promptOf(commonFormat, wire);
    const ai = openAiRecord(plan, record.startedAtMs);
    record.ai = ai;
    ai.estimatedPromptTokens = estimatePromptTokens(wire, false);
    const inner: Call = { ...requestOf(question, call), record, prompt };
    const body = upstreamBody(prompt, plan);
    if (ai.payloads) ai.payloadRequest = JSON.stringify(body.wire);
    const outgoing = { ...outgoingRequest(inner, plan, body), ...question.path };
    const response = decoded(await answered(inner, plan, outgoing), plan.format, ai);
    observeResponse(ai, response);
    return textOf(response, plan.format);
  } catch (cause) {
    noteFailure(record.attempts[0], failureOf(cause));
    throw cause;
  } finally {
    closeRecord(record, { endedAtMs: performance.now() });
  }
}

/** What a question's attempt failed with; a status speaks for itself. */
function failureOf(thrown: unknown): unknown {
  if (!(thrown instanceof AskError)) return thrown;
  const { stage, message, cause } = thrown;
  if (stage === "status" || cause instanceof GatewayError) return cause;
  return new GatewayError("upstream_bad_response", message, { cause });
}

function planFor({ target, pluginId }: Question, call: Call): Plan {
  const settings = proxySettings({
    pluginId,
    routeType: "llm/v1/chat",
    responseStreaming: "deny",
    targets: [target.config],
  });
  const resolved = resolveFor(target, call);
  return planOf(resolved, settings, modelFor(resolved, settings, undefined), false);
}

function requestOf({ timeoutMs }: Question, call: Call): Call {
  const headers = HeaderMap.of([["content-type", "application/json"]]);
  const nothing = bodyOf(new Uint8Array(0));
  const { serviceRequest: _, forward: _forward, ...rest } = call;
  return {
    ...rest,
    upstreamPath: "/",
    request: { ...call.request, method: "POST", path: "/", search: "", headers, body: nothing },
    clocks: {
      ...call.clocks,
      connectMs: timeoutMs,
      headersMs: timeoutMs,
      readMs: timeoutMs,
      totalMs: timeoutMs,
    },
  };
}

async function answered(inner: Call, plan: Plan, outgoing: Outgoing): Promise<string> {
  try {
    const incoming = await exchange(inner, plan, outgoing);
    const { status } = incoming;
    const read = await readAnswer(incoming, { ...inner, clocks: clocksLeft(inner) });
    checkNotCompressed(read);
    const text = new TextDecoder().decode(incoming.echoes.bytes(read));
    const { ai } = inner.record;
    if (ai?.payloads) ai.payloadResponse = text;
    if (!isAnswer(status)) throw new AskError("status", `status code ${status}`);
    return text;
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    if (cause.code === "client_aborted" || cause.code === "upstream_credentials") throw cause;
    throw new AskError("sending", cause.message, cause);
  }
}

/** The headers have had their part of the one clock that runs from sending to the last byte. */
function clocksLeft({ clocks, record }: Call): Clocks {
  const nowMs = performance.now();
  const sentAtMs = record.attempts[0]?.startedAtMs ?? nowMs;
  return { ...clocks, totalMs: clocks.totalMs - (nowMs - sentAtMs) };
}

function decoded(text: string, format: WireFormat | undefined, ai: AiRecord): ChatResponse {
  if (!format) throw new AskError("decoding", "the provider has no dialect for it");
  let body: unknown;
  try {
    body = parseJson(text);
  } catch (cause) {
    throw new AskError("json", cause instanceof Error ? cause.message : String(cause), cause);
  }
  const wire = format.answerOf ? format.answerOf(body) : body;
  if (!isJsonObject(wire)) throw new AskError("json", "the answer is no JSON object");
  let response: ChatResponse;
  try {
    response = format.decodeResponse(wire);
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw new AskError("decoding", cause.message, cause);
  }
  if (response.choices.length > 0) return response;
  if (response.usage) ai.usage = response.usage;
  throw new AskError("choices", "the answer holds no choice");
}

/** An answer that says nothing (a refusal, one that safety rules emptied) is no text of length 0. */
function textOf(response: ChatResponse, format: WireFormat | undefined): string {
  const parts = response.choices[0]?.content ?? [];
  const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  if (text !== "") return text;
  const words = format?.emptyAnswer?.(response);
  if (words !== undefined) throw new AskError("decoding", words);
  throw new AskError("choices", "the answer says nothing");
}
