import { GatewayError } from "../../chat/error.ts";
import { withContextLength } from "../../formats/context-length.ts";
import { type Answer, operationOf } from "../../providers/operations.ts";
import { streamedReply } from "../answer/first-event.ts";
import { isAnswer } from "../answer/pass-through.ts";
import { vendorError } from "../answer/vendor-error.ts";
import { wholeReply } from "../answer/whole-reply.ts";
import type { Call } from "../call/call.ts";
import { noteLosses, refuseLosses } from "../call/fidelity.ts";
import type { Plan } from "../call/plan.ts";
import type { Prompt } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { writeLarge } from "../request/large-body.ts";
import { outgoingRequest } from "../request/outgoing-request.ts";
import { needsTools, upstreamBody } from "../request/upstream-body.ts";
import type { Echoes } from "../upstream/echoes.ts";
import { exchange, noteFailure } from "../upstream/exchange.ts";
import { providerFault } from "../upstream/provider-fault.ts";
import { embed } from "./embed.ts";

type Ask = (call: Call, prompt: Prompt, plan: Plan) => Promise<Reply>;

/** How a target is asked for what is no text. Bytes go past prompts, see `preserve`. */
const ASKED: Readonly<Record<Answer, Ask | undefined>> = {
  text: undefined,
  vectors: embed,
  bytes: undefined,
  unbuilt: undefined,
};

/**
 * Sends a call to one target and gives the answer as the vendor gave it: bytes in its format, or
 * events. Throws a `GatewayError` when no usable answer came; then nothing was sent to the client.
 */
export async function attempt(call: Call, wanted: Plan): Promise<Reply> {
  const { prompt } = call;
  if (!prompt) throw new GatewayError("internal", "a call reached its target without a prompt");
  // A plugin that works on the whole answer has taken `stream` out of the prompt.
  const mode = prompt.stream === wanted.stream ? wanted : { ...wanted, stream: prompt.stream };
  const plan = needsTools(prompt, mode) ? { ...mode, rewritesAnswers: true } : mode;
  const { attempts, ai } = call.record;
  if (ai && mode !== wanted) ai.upstreamMode = plan.stream ? "stream" : "oneshot";
  const attemptsBefore = attempts.length;
  let echoes: Echoes | undefined;
  try {
    const ask = ASKED[operationOf(plan.settings.routeType).answer];
    if (ask) return await ask(call, prompt, plan);
    const { large } = prompt;
    const body = large ? await writeLarge(call, prompt, large, plan) : upstreamBody(prompt, plan);
    refuseLosses(body.notices, plan);
    const outgoing = outgoingRequest(call, plan, body);
    noteLosses(call, plan, body.notices);
    if (ai?.payloads)
      ai.payloadRequest = "wire" in body ? JSON.stringify(body.wire) : (body.text ?? "");
    const incoming = await exchange(call, plan, outgoing);
    echoes = incoming.echoes;
    if (large && !large.bytes) call.request.body.free();
    if (!isAnswer(incoming.status)) return await vendorError(incoming, call, plan);
    const reply = plan.stream
      ? streamedReply(incoming, call, prompt, plan, body)
      : wholeReply(incoming, call, plan, body);
    return reply instanceof Promise ? await reply : reply;
  } catch (thrown) {
    const heard = echoes ? echoes.thrown(thrown) : thrown;
    const cause =
      heard instanceof GatewayError ? providerFault(vendorsOwn(heard), call, plan) : heard;
    noteFailure(attempts[attemptsBefore], cause);
    throw cause;
  }
}

function vendorsOwn(error: GatewayError): GatewayError {
  return error.vendor ? withContextLength(error) : error;
}
