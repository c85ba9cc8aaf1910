import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { ChatRequest, Notice } from "../../chat/request.ts";
import {
  type ExtraBody,
  extraBodyOf,
  withExtraMembers,
  withoutExtraBody,
  withoutPinned,
} from "../../formats/extra-body.ts";
import { withoutOtherModels } from "../../formats/other-models.ts";
import type { EncodedRequest, RequestPatch, WireFormat } from "../../formats/wire-format.ts";
import { fitted, rulesFor } from "../../providers/fitted.ts";
import { lostMembers } from "../../providers/lost-members.ts";
import type { Invocation, Provider } from "../../providers/provider.ts";
import { toolNames } from "../../providers/tool-names.ts";
import { tuningPatch } from "../../providers/tuning.ts";
import { hasOldCalls, knowsOldCallsOnly } from "../call/client-format.ts";
import { clientError, clientNotices } from "../call/client-paths.ts";
import { operationName, type Plan } from "../call/plan.ts";
import { type Prompt, wantsUsage } from "../call/prompt.ts";
import { withoutAbsentMembers } from "./absent-members.ts";
import { type OriginalNames, withToolNames } from "./tool-names.ts";

/** The request in the vendor's dialect. `bytes` where the client's own bytes can go as they came. */
export interface UpstreamBody {
  readonly wire: JsonObject;
  readonly bytes: Uint8Array | undefined;
  readonly notices: readonly Notice[];
  /** We asked for a usage report that the client did not ask for: it must not reach the client. */
  readonly hiddenUsage: boolean;
  /** Tools whose names the vendor does not take went under others. */
  readonly originalNames: OriginalNames;
}

/**
 * Brings the client's request into the target's dialect. Run anew for each target; the prompt is
 * never changed. Throws `invalid_request` for what the provider has no dialect for.
 */
export function upstreamBody(prompt: Prompt, plan: Plan): UpstreamBody {
  const { format } = plan;
  if (!format) {
    throw new GatewayError("invalid_request", `no transformer for ${operationName(plan)}`);
  }
  return format === prompt.format && !needsTools(prompt, plan)
    ? patched(prompt, plan, format)
    : translated(prompt, plan, format);
}

/** Whether calls of functions in their old form, asked for or in the history, are unknown to a vendor of the client's own dialect. */
export function needsTools(prompt: Prompt, { resolved: { provider } }: Plan): boolean {
  if (provider.takesFunctions) return false;
  return knowsOldCallsOnly(prompt) || hasOldCalls(prompt);
}

function patched(prompt: Prompt, plan: Plan, format: WireFormat): UpstreamBody {
  const extraBody = extraBodyOf(prompt.wire);
  const hiddenUsage = plan.stream && asksForUsage(plan) && !wantsUsage(prompt);
  const pinned = tuning(prompt, plan);
  const patch: { -readonly [Name in keyof RequestPatch]: RequestPatch[Name] } = {
    ...pinned,
    stream: plan.stream,
  };
  if (plan.model !== "") patch.model = plan.model;
  if (hiddenUsage) patch.includeUsage = true;
  const asked = extraBody?.rest ?? prompt.wire;
  const own = plan.resolved.model.name ? withoutOtherModels(asked) : { wire: asked, notices: [] };
  const open = hasMembers(pinned)
    ? withoutPinned(own.wire, pinned)
    : { wire: own.wire, notices: [] };
  const patchedWire = format.patchRequest(open.wire, patch);
  const taken = lastMile(patchedWire, plan.resolved.provider, invocationOf(plan));
  // The vendor's own members come as they are: no table here knows them all.
  const whole = withExtraBody(taken.wire, extraBody, plan, pinned);
  return {
    wire: whole.wire,
    bytes: whole.wire === prompt.wire ? prompt.bytes : undefined,
    notices: [
      ...own.notices,
      ...open.notices,
      ...whole.notices,
      ...clientNotices(taken.notices, prompt, "wire", pinned),
    ],
    hiddenUsage,
    originalNames: taken.originalNames,
  };
}

function translated(prompt: Prompt, plan: Plan, format: WireFormat): UpstreamBody {
  prompt.format.checkTranslatable?.(prompt.wire);
  const read = withoutAbsentMembers(withoutExtraBody(readChat(prompt, plan)));
  const pinned = tuning(prompt, plan);
  const open =
    read.extra && hasMembers(pinned) ? withoutPinned(read.extra, pinned) : { notices: [] };
  const chat = "wire" in open ? { ...read, extra: open.wire } : read;
  const { provider } = plan.resolved;
  const invocation = invocationOf(plan);
  const rule = provider.toolNames?.(invocation);
  const names = rule && namesTools(chat) ? toolNames(rule) : undefined;
  const { includeUsage, ...asked } = names ? withToolNames(chat, names) : chat;
  const request: ChatRequest = {
    ...asked,
    ...pinned,
    model: plan.model,
    stream: plan.stream,
    ...(plan.stream && { includeUsage: includeUsage === true || asksForUsage(plan) }),
  };
  const encoded = encode(request, prompt, format);
  const taken = lastMile(encoded.wire, provider, invocation);
  const { wire, notices } = withExtraBody(taken.wire, extraBodyOf(prompt.wire), plan, pinned);
  return {
    wire,
    bytes: undefined,
    notices: [
      ...open.notices,
      ...clientNotices(encoded.notices, prompt, "canonical", pinned),
      ...clientNotices(taken.notices, prompt, "wire", pinned),
      ...notices,
    ],
    hiddenUsage: false,
    originalNames: names && names.originals.size > 0 ? names.originals : taken.originalNames,
  };
}

/** Whether a request says a name of a tool anywhere. */
function namesTools({ tools, toolChoice, messages }: ChatRequest): boolean {
  if (tools || toolChoice) return true;
  return messages.some(
    ({ role, content }) => role === "assistant" && content.some(({ type }) => type === "tool-call"),
  );
}

function encode(request: ChatRequest, prompt: Prompt, format: WireFormat): EncodedRequest {
  try {
    return format.encodeRequest(request);
  } catch (thrown) {
    throw clientError(thrown, prompt, "canonical");
  }
}

/** Some vendors' targets have words of their own for messages that cannot be read. */
function readChat(prompt: Prompt, { resolved: { provider } }: Plan): ChatRequest {
  try {
    return prompt.chat();
  } catch (error) {
    const fault = provider.partFault?.(prompt.wire);
    if (fault === undefined || !(error instanceof GatewayError)) throw error;
    throw new GatewayError("invalid_request", fault, {
      cause: error,
      ...(error.vendor && { vendor: error.vendor }),
    });
  }
}

/** What of the client's `extra_body` the route leaves to it. `wire` itself where there is none. */
export function withExtraBody(
  wire: JsonObject,
  extraBody: ExtraBody | undefined,
  plan: Plan,
  pinned: RequestPatch,
): { readonly wire: JsonObject; readonly notices: readonly Notice[] } {
  if (!extraBody?.members) return { wire, notices: extraBody?.notices ?? [] };
  const { auth, model } = plan.resolved.target.config;
  const inBody = auth?.param_location === "body" && auth.param_name;
  return withExtraMembers(wire, extraBody.members, {
    pinned,
    dimensions: model.options.embeddings_dimensions !== undefined,
    more: inBody ? [inBody] : [],
  });
}

function hasMembers(patch: RequestPatch): boolean {
  for (const _ in patch) return true;
  return false;
}

function invocationOf({ resolved, operation, model, stream }: Plan): Invocation {
  return { routeType: operation, model, options: resolved.model.options, stream };
}

function asksForUsage(plan: Plan): boolean {
  const { provider, model, target } = plan.resolved;
  return target.config.logging.log_statistics && provider.streamUsage(model.options);
}

function tuning(prompt: Prompt, plan: Plan): RequestPatch {
  return tuningPatch(plan.resolved.model.options, plan.settings.optionsPrecedence, prompt.chat);
}

/** A request as it goes on the wire. */
export interface LastMile {
  readonly wire: JsonObject;
  readonly notices: readonly Notice[];
  readonly originalNames: OriginalNames;
}

/** What this vendor spells otherwise or does not take, within its format. `wire` itself when nothing changes. */
export function lastMile(wire: JsonObject, provider: Provider, invocation: Invocation): LastMile {
  const rules = rulesFor(provider, invocation);
  const fit: LastMile = rules
    ? fitted(wire, rules, provider.name)
    : { wire, notices: [], originalNames: undefined };
  const adapted = provider.adapt?.(fit.wire, invocation) ?? fit.wire;
  if (adapted === fit.wire) return fit;
  const lost = lostMembers(fit.wire, adapted, provider.name);
  return { ...fit, wire: adapted, notices: [...fit.notices, ...lost] };
}
