import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, setMember } from "../chat/json.ts";
import type { Notice } from "../chat/notice.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { RequestPatch, WireFormat } from "../formats/wire-format.ts";
import { tuningPatch } from "../providers/tuning.ts";
import type { Prompt } from "./call.ts";
import { lastMileNotices } from "./fidelity.ts";
import { withoutRejectedMembers } from "./message-members.ts";
import { operationName, type Plan } from "./plan.ts";
import { wantsUsage } from "./usage-wish.ts";

/** The request in the vendor's dialect. `bytes` where the client's own bytes can go as they came. */
export interface UpstreamBody {
  readonly wire: JsonObject;
  readonly bytes: Uint8Array | undefined;
  readonly notices: readonly Notice[];
  /** We asked for a usage report that the client did not ask for: it must not reach the client. */
  readonly hiddenUsage: boolean;
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
  const { provider } = plan.resolved;
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
  const accepted = withoutRejectedMembers(format.patchRequest(own, patch), provider);
  const wire = lastMile(accepted.wire, plan);
  return {
    wire,
    bytes: wire === prompt.wire ? prompt.bytes : undefined,
    notices: [...accepted.notices, ...lastMileNotices(accepted.wire, wire, provider, OWN_MEMBERS)],
    hiddenUsage,
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
  const chat = prompt.chat();
  const extraBody = chat.extra?.["extra_body"];
  const encoded = format.encodeRequest({
    ...withoutExtraBody(chat),
    ...tuning(prompt, plan),
    model: plan.model,
    stream: plan.stream,
    includeUsage: plan.stream && asksForUsage(plan),
  });
  const { provider } = plan.resolved;
  const wire = lastMile(encoded.wire, plan);
  return {
    wire: isJsonObject(extraBody) ? deepMerge(wire, extraBody) : wire,
    bytes: undefined,
    notices: [...encoded.notices, ...lastMileNotices(encoded.wire, wire, provider, OWN_MEMBERS)],
    hiddenUsage: false,
  };
}

function withoutExtraBody(chat: ChatRequest): ChatRequest {
  if (!chat.extra || !("extra_body" in chat.extra)) return chat;
  const { extra_body: _, ...extra } = chat.extra;
  return { ...chat, extra };
}

function lastMile(wire: JsonObject, plan: Plan): JsonObject {
  const { provider, model } = plan.resolved;
  if (!provider.adapt) return wire;
  return provider.adapt(wire, {
    routeType: plan.settings.routeType,
    model: plan.model,
    options: model.options,
    stream: plan.stream,
  });
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
