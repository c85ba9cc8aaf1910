import { GatewayError } from "../../chat/error.ts";
import { isAnsweredWith } from "../../providers/operations.ts";
import type { Target } from "../../providers/target.ts";
import { hideNames } from "../../telemetry/call-record.ts";
import { refuse } from "../call/admission.ts";
import { openAiRecord } from "../call/ai-record.ts";
import type { Call, Next } from "../call/call.ts";
import { checkHasPrompt, checkOperation } from "../call/operation.ts";
import { type Plan, type ProxySettings, planOf } from "../call/plan.ts";
import { askedModel, estimatedTokens, type Prompt } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { modelFor, resolveFor } from "../call/resolve.ts";
import { serviceClocks, targetClocks } from "../upstream/target-clocks.ts";
import { attempt } from "./attempt.ts";
import { askedCount, countTokens } from "./count-tokens.ts";

/**
 * Sends an LLM call to one target: checks the client's request, decides model and streaming, and
 * leaves the rest to `attempt` at the onion's centre, so that plugins further in still see and may
 * change the request. Checks come in the reference's order; the first that fails
 * is the answer.
 */
export function proxyTo(
  target: Target,
  settings: ProxySettings,
  prompt: Prompt,
  call: Call,
  next: Next,
): Promise<Reply> {
  const count = askedCount(prompt);
  if (count) {
    return countTokens(count, { target, settings, requested: askedModel(prompt) }, prompt, call);
  }
  const parsedAtMs = performance.now();
  const resolved = resolveFor(target, call);
  checkHasPrompt(prompt);
  const requested = askedModel(prompt);
  const model = modelFor(resolved, settings, requested);
  checkOperation(prompt, settings.routeType);
  const stream = decideStream(prompt, settings);
  const plan = planOf(resolved, settings, model, stream);
  hideNames(call.record, settings.secretNames);
  call.record.ai = openAiRecord(plan, parsedAtMs);
  // A stream's usage comes last or not at all, so its estimate is made while the prompt is at hand.
  if (stream) call.record.ai.estimatedPromptTokens = estimatedTokens(prompt, stream);
  const asked = prompt.stream === stream ? prompt : { ...prompt, stream };
  const requestedModel = typeof requested === "string" ? requested : model;
  const forward: Next = (inner) =>
    inner.admit ? admitted(inner, plan, requestedModel) : attempt(inner, plan);
  const clocks = targetClocks(serviceClocks(call), plan);
  return next({ ...call, clocks, prompt: asked, forward }).then((reply) => ({
    ...reply,
    prompt: asked,
  }));
}

/** Asks the target unless who limits its use says no. */
async function admitted(call: Call, plan: Plan, requestedModel: string): Promise<Reply> {
  const { prompt, admit } = call;
  if (!prompt) throw new GatewayError("internal", "a call reached its target without a prompt");
  const { provider, options } = plan.resolved.model;
  const refusal = await admit?.({ provider, options, requestedModel, prompt });
  return refusal ? refuse(call.record, refusal) : attempt(call, plan);
}

/** Throws `invalid_request` where a stream is wanted and none is given. */
export function decideStream(prompt: Prompt, settings: ProxySettings): boolean {
  // All else comes whole, whatever is asked for.
  if (!isAnsweredWith("text", settings.routeType)) return false;
  switch (settings.responseStreaming) {
    case "always":
      return true;
    case "allow":
      return prompt.stream;
    case "deny":
      if (!prompt.stream) return false;
      throw new GatewayError("invalid_request", "response streaming is not enabled for this LLM");
  }
}
