import type { TokenCount } from "../../formats/wire-format.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Target } from "../../providers/target.ts";
import { estimateTokens } from "../../telemetry/estimate.ts";
import { isAnswer, passedThrough } from "../answer/pass-through.ts";
import { vendorError } from "../answer/vendor-error.ts";
import type { Call } from "../call/call.ts";
import { checkHasPrompt } from "../call/operation.ts";
import { type Plan, type ProxySettings, planOf } from "../call/plan.ts";
import type { Prompt } from "../call/prompt.ts";
import { promptTexts } from "../call/prompt-texts.ts";
import type { Reply } from "../call/reply.ts";
import { modelFor, resolveFor } from "../call/resolve.ts";
import { wholePrompt } from "../request/large-body.ts";
import { outgoingRequest } from "../request/outgoing-request.ts";
import { exchange } from "../upstream/exchange.ts";

/** Who counts. */
export interface CountedBy {
  readonly target: Target;
  readonly settings: ProxySettings;
  /** What the client wrote as `model`, where the target is to check it. */
  readonly requested: unknown;
}

/** What a dialect says of the call that counts tokens, where that is what the client asks for. */
export function askedCount({ format, path }: Prompt): TokenCount | undefined {
  const { tokenCount } = format;
  return tokenCount?.isAsked(path) ? tokenCount : undefined;
}

/**
 * How long a prompt is: a vendor of the client's own dialect is asked, with all that the client wrote;
 * for any other it is estimated here. Throws what `attempt` throws.
 */
export async function countTokens(
  count: TokenCount,
  { target, settings, requested }: CountedBy,
  asked: Prompt,
  call: Call,
): Promise<Reply> {
  checkHasPrompt(asked);
  const resolved = resolveFor(target, call);
  const model = modelFor(resolved, settings, requested);
  const plan = planOf(resolved, settings, model, false);
  const prompt = wholePrompt(asked);
  return (await vendorsCount(count, plan, prompt, call)) ?? estimate(count, prompt);
}

async function vendorsCount(
  count: TokenCount,
  plan: Plan,
  prompt: Prompt,
  call: Call,
): Promise<Reply | undefined> {
  if (plan.format !== prompt.format) return undefined;
  const asking = { ...call, prompt };
  const patched = prompt.format.patchRequest(prompt.wire, { model: plan.model });
  const bytes = patched === prompt.wire ? prompt.bytes : undefined;
  const outgoing = outgoingRequest(asking, plan, { wire: patched, bytes });
  const [address = "", ...query] = outgoing.url.split("?");
  const path = count.pathFrom(address);
  // A server that only speaks the dialect has answers where nobody says that it counts.
  if (path === undefined) return undefined;
  const incoming = await exchange(call, plan, { ...outgoing, url: [path, ...query].join("?") });
  return isAnswer(incoming.status)
    ? passedThrough(incoming, asking)
    : vendorError(incoming, asking, plan);
}

function estimate(count: TokenCount, prompt: Prompt): Reply {
  const texts = promptTexts(prompt) ?? [];
  const byteLength = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const tokens = estimateTokens(byteLength);
  const headers = HeaderMap.of([["content-type", "application/json"]]);
  const bytes = new TextEncoder().encode(JSON.stringify(count.encode(tokens)));
  return { status: 200, headers, body: { type: "whole", bytes }, prompt };
}
