import type { AskedTarget } from "../../gateway/call/admission.ts";
import type { Call, Layer } from "../../gateway/call/call.ts";
import { ownerOf } from "../limit-owner.ts";
import {
  type AskedLimit,
  type CallLimit,
  counted,
  isUsedUp,
  type Limit,
  type Measure,
} from "../usage-limit.ts";
import type { LimitSource } from "../usage-limiter.ts";
import type { RateLimitOptions } from "./options.ts";
import { matcher, type PolicyMatch } from "./policy-match.ts";

export interface Instance {
  readonly namespace: string;
  /** The group that the instance is scoped to. */
  readonly group: string | undefined;
}

/** Functions count whatever the provider; what they count is no provider's. */
const COUNTED_BY_FUNCTION: ReadonlySet<string> = new Set(["requestPrompt", "customCost"]);

interface ProviderLimits {
  readonly name: string;
  readonly limits: readonly Limit[];
}

/** The limits by provider, as they are configured. */
function providerLimits(options: RateLimitOptions): readonly ProviderLimits[] {
  return (options.llm_providers ?? []).map(({ name, limit, window_size: sizes }) => {
    const isCustom = name === "requestPrompt" || name === "customCost";
    const measure: Measure = isCustom ? "function" : options.tokens_count_strategy;
    const limits = sizes.map((sizeSeconds, at) => ({
      label: name,
      window: { sizeSeconds, type: options.window_type },
      measure,
      limit: counted(limit[at] ?? 0, measure),
    }));
    return { name, limits };
  });
}

/** `llm_providers`: limits by who serves. */
export function byProvider(options: RateLimitOptions, instance: Instance): LimitSource {
  const providers = providerLimits(options);
  const keyed = (call: Call, chosen: readonly ProviderLimits[]): readonly CallLimit[] => {
    const owner = ownerOf(call, options, instance.group);
    if (owner === undefined) return [];
    return chosen.flatMap(({ limits }) =>
      limits.map((limit) => ({
        ...limit,
        key: keyOf(instance, limit, [options.identifier, owner]),
      })),
    );
  };
  return {
    early: (call) => keyed(call, providers),
    isOver: (asked, layers) => areProvidersUsedUp(asked, layers),
    atTarget: (call, { provider }) =>
      keyed(
        call,
        providers.filter(({ name }) => name === provider || name === "customCost"),
      ),
  };
}

/** A call goes on while one of the providers that may serve it has something left. */
function areProvidersUsedUp(asked: readonly AskedLimit[], layers: readonly Layer[]): boolean {
  const usedUp = new Set(asked.filter(isUsedUp).map(({ limit }) => limit.label));
  if (usedUp.size === 0) return false;
  if ([...COUNTED_BY_FUNCTION].some((name) => usedUp.has(name))) return true;
  const candidates = layers.flatMap(({ targets = [] }) => targets);
  return candidates.every(({ model }) => usedUp.has(model.provider));
}

interface Policy {
  readonly limits: readonly Limit[];
  readonly match: PolicyMatch;
}

/** `policies`: limits by what a call is. */
export function byPolicy(options: RateLimitOptions, instance: Instance): LimitSource {
  const policies = (options.policies ?? []).map((policy, at): Policy => {
    const label = `policy-${at + 1}`;
    const limits = (policy.limits ?? []).map((limit) => ({
      label,
      window: { sizeSeconds: limit.window_size, type: policy.window_type },
      measure: limit.tokens_count_strategy,
      limit: counted(limit.limit, limit.tokens_count_strategy),
    }));
    return { limits, match: matcher(policy.match ?? []) };
  });
  const needsTarget = policies.some(({ match }) => match.needsTarget);
  const keyed = ({ limits }: Policy, values: readonly string[]) =>
    limits.map((limit) => ({ ...limit, key: keyOf(instance, limit, values) }));

  /** Without a target, of the policies that do not ask for one. */
  function matching(call: Call, target: AskedTarget | undefined): readonly CallLimit[] {
    const found: CallLimit[] = [];
    let isMatched = false;
    for (const policy of policies) {
      if (policy.match.isFallback || (policy.match.needsTarget && !target)) continue;
      const values = policy.match.values(call, target);
      if (!values) continue;
      isMatched = true;
      found.push(...keyed(policy, values));
    }
    if (isMatched || (needsTarget && !target)) return found;
    for (const policy of policies) if (policy.match.isFallback) found.push(...keyed(policy, []));
    return found;
  }

  return {
    early: (call) => matching(call, undefined),
    isOver: (asked) => asked.some(isUsedUp),
    atTarget: (call, target) => matching(call, target),
  };
}

/** Values may hold any character, so each says how long it is. */
function keyOf(
  { namespace }: Instance,
  { label, measure }: Limit,
  values: readonly string[],
): string {
  const parts = [namespace, label, measure, ...values];
  return parts.map((part) => `${part.length}.${part}`).join("|");
}
