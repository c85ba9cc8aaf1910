import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, setMember } from "../chat/json.ts";
import type { Notice } from "../chat/notice.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { RequestPatch, WireFormat } from "../formats/wire-format.ts";
import type { Operation } from "../providers/provider.ts";
import { toolNames } from "../providers/tool-names.ts";
import { tuningPatch } from "../providers/tuning.ts";
import type { Prompt } from "./call.ts";
import { lastMileNotices } from "./fidelity.ts";
import { withoutRejectedMembers } from "./message-members.ts";
import { operationName, type Plan } from "./plan.ts";
import { type OriginalNames, withToolNames } from "./tool-names.ts";
import { wantsUsage } from "./usage-wish.ts";

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
  return format === prompt.format
    ? patched(prompt, plan, format)
    : translated(prompt, plan, format);
}

function patched(prompt: Prompt, plan: Plan, format: WireFormat): UpstreamBody {
  const own = withExtraBody(prompt.wire);
  const hiddenUsage = plan.stream && asksForUsage(plan) && !wantsUsage(prompt.wire);
  const patch: { -readonly [Name in keyof RequestPatch]: RequestPatch[Name] } = tuning(
    prompt,
    plan,
  );
  if (plan.model !== "") patch.model = plan.model;
  if (hiddenUsage) patch.includeUsage = true;
  const asked = prompt.wire["stream"];
  if (asked !== plan.stream && (plan.stream || asked !== undefined)) patch.stream = plan.stream;
  const { wire, notices } = accepted(format.patchRequest(own, patch), plan);
  return {
    wire,
    bytes: wire === prompt.wire ? prompt.bytes : undefined,
    notices,
    hiddenUsage,
    originalNames: undefined,
  };
}

/** The members of `extra_body` in their places. */
export function withExtraBody(wire: JsonObject): JsonObject {
  const extraBody = extraBodyOf(wire);
  if (!extraBody) return wire;
  const { extra_body: _, ...rest } = wire;
  return deepMerge(rest, extraBody);
}

export function extraBodyOf({ extra_body: extraBody }: JsonObject): JsonObject | undefined {
  return isJsonObject(extraBody) ? extraBody : undefined;
}

/** What the gateway writes itself, and answers for itself where a vendor does not take it or has it in the path. */
export const OWN_MEMBERS: ReadonlySet<string> = new Set(["stream_options", "model"]);

function translated(prompt: Prompt, plan: Plan, format: WireFormat): UpstreamBody {
  const chat = readChat(prompt, plan);
  const extraBody = chat.extra?.["extra_body"];
  const rule = plan.resolved.provider.toolNames?.(operationOf(plan));
  const names = rule && toolNames(rule);
  const named = withoutExtraBody(chat);
  const encoded = format.encodeRequest({
    ...(names ? withToolNames(named, names) : named),
    ...tuning(prompt, plan),
    model: plan.model,
    stream: plan.stream,
    includeUsage: plan.stream && asksForUsage(plan),
  });
  const { wire, notices } = accepted(encoded.wire, plan);
  return {
    wire: isJsonObject(extraBody) ? deepMerge(wire, extraBody) : wire,
    bytes: undefined,
    notices: [...encoded.notices, ...notices],
    hiddenUsage: false,
    originalNames: names && names.originals.size > 0 ? names.originals : undefined,
  };
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

function withoutExtraBody(chat: ChatRequest): ChatRequest {
  if (!chat.extra || !("extra_body" in chat.extra)) return chat;
  const { extra_body: _, ...extra } = chat.extra;
  return { ...chat, extra };
}

function operationOf({ resolved, settings, model, stream }: Plan): Operation {
  return { routeType: settings.routeType, model, options: resolved.model.options, stream };
}

/** The last mile: what this vendor spells otherwise or does not take, within its format. */
function accepted(
  wire: JsonObject,
  plan: Plan,
): { readonly wire: JsonObject; readonly notices: readonly Notice[] } {
  const { provider } = plan.resolved;
  const operation = operationOf(plan);
  const taken = withoutRejectedMembers(wire, provider, operation);
  const adapted = provider.adapt?.(taken.wire, operation) ?? taken.wire;
  if (adapted === taken.wire) return taken;
  const lost = lastMileNotices(taken.wire, adapted, provider, OWN_MEMBERS);
  return { wire: adapted, notices: [...taken.notices, ...lost] };
}

function asksForUsage(plan: Plan): boolean {
  const { provider, model, target } = plan.resolved;
  return target.config.logging.log_statistics && provider.streamUsage(model.options);
}

function tuning(prompt: Prompt, plan: Plan): RequestPatch {
  return tuningPatch(plan.resolved.model.options, plan.settings.optionsPrecedence, prompt.chat);
}

/** Objects are merged member by member; anything else of `over` replaces. */
export function deepMerge(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    const both = isJsonObject(below) && isJsonObject(value);
    setMember(merged, key, both ? deepMerge(below, value) : value);
  }
  return merged;
}
