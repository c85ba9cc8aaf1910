import { headerNamed } from "../framing/header-map.ts";
import type { KeptState } from "../gateway/call/kept-state.ts";
import type { ProxySettings } from "../gateway/call/plan.ts";
import type { Clocks } from "../gateway/call/upstream.ts";
import type { TargetPool } from "../gateway/proxy/target-pool.ts";
import { withReadTimeout } from "../gateway/upstream/target-clocks.ts";
import { compileTarget } from "../providers/target.ts";
import { consistentHashing } from "../routing/balance/consistent-hashing.ts";
import { health } from "../routing/balance/health.ts";
import { leastConnections } from "../routing/balance/least-connections.ts";
import { lowestLatency } from "../routing/balance/lowest-latency.ts";
import { lowestUsage } from "../routing/balance/lowest-usage.ts";
import type { Picker } from "../routing/balance/picker.ts";
import { retryBudget } from "../routing/balance/retry-budget.ts";
import { priority, roundRobin } from "../routing/balance/round-robin.ts";
import { semantic } from "../routing/balance/semantic.ts";
import {
  type BalancedTarget,
  type BalancerOptions,
  DEFAULT_TIMEOUT_MS,
} from "./balancer-schema.ts";

export interface PoolSource {
  /** Names the pool across reloads. */
  readonly id: string;
  readonly targets: readonly BalancedTarget[];
  readonly balancer: BalancerOptions;
  readonly settings: ProxySettings;
  /** Where what is learnt of the targets stays. */
  readonly kept: KeptState;
  /** For the semantic algorithm: how far a call's prompt is from each target's description. */
  readonly facts?: TargetPool["facts"];
  /** Largest distance that the semantic algorithm takes for a match. */
  readonly threshold?: number;
}

/** A configured pool, and how to let go of it. */
export interface BuiltPool {
  readonly pool: TargetPool;
  release(): void;
}

/** Compiles targets and their balancer. What was learnt of equal targets before a reload is kept. */
export function buildPool(source: PoolSource): BuiltPool {
  const { targets, balancer, settings, threshold = 0.2 } = source;
  const { algorithm, retries, failover_criteria: criteria, hash_on_header: header } = balancer;
  const labels = labelsOf(targets);
  const shape = targets.map(({ weight, description }, at) => [labels[at], weight, description]);
  const key = JSON.stringify([source.id, shape, balancer, threshold]);
  const { value: state, release } = source.kept.keep(key, () => ({
    picker: pickerOf(source, labels, threshold),
    health: health(targets.length, {
      maxFails: balancer.max_fails,
      failTimeoutMs: balancer.fail_timeout,
      ejectOutliers: balancer.eject_outliers,
      random: Math.random,
    }),
    budget: retryBudget(),
  }));
  const hashFacts: TargetPool["facts"] = ({ request }) => {
    const hashKey = headerNamed(request.headers, header);
    return hashKey === null ? NO_FACTS : { hashKey };
  };
  return {
    pool: {
      members: targets.map(({ weight, description: _, metadata: __, ...config }) => ({
        target: compileTarget(config),
        weight,
      })),
      state,
      settings,
      retries,
      criteria: new Set(criteria),
      resends: balancer.retry_posts || criteria.includes("non_idempotent"),
      asksAgain: algorithm !== "priority",
      clocks: clocksOf(balancer),
      facts: source.facts ?? (algorithm === "consistent-hashing" ? hashFacts : () => NO_FACTS),
      unfit: `no target can be found under threshold ${threshold}`,
    },
    release,
  };
}

const NO_FACTS = {};

function pickerOf(
  { targets, balancer }: PoolSource,
  labels: readonly string[],
  threshold: number,
): Picker {
  const weights = targets.map(({ weight }) => weight);
  const { tokens_count_strategy: metric } = balancer;
  switch (balancer.algorithm) {
    case "round-robin":
      return roundRobin(weights);
    case "consistent-hashing": {
      const ring = targets.map(({ weight }, at) => ({ label: labels[at] ?? "", weight }));
      return consistentHashing(ring, balancer.slots);
    }
    case "least-connections":
      return leastConnections(weights);
    case "lowest-latency":
      return lowestLatency(weights, {
        strategy: balancer.latency_strategy,
        random: Math.random,
      });
    case "lowest-usage":
      return lowestUsage(weights, metric === "llm-accuracy" ? "total-tokens" : metric);
    case "priority":
      return priority(weights);
    case "semantic": {
      const described = targets.map(({ weight, description = "" }) => ({ weight, description }));
      return semantic(described, threshold);
    }
  }
}

/** What a target is called wherever it stands in the list; equal ones are numbered. */
function labelsOf(targets: readonly BalancedTarget[]): readonly string[] {
  const seen = new Map<string, number>();
  return targets.map(({ model, description }) => {
    const { provider, name = "", model_alias: alias = "", options } = model;
    const label = JSON.stringify([provider, name, alias, options, description]);
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count === 1 ? label : `${label}#${count}`;
  });
}

/** A timeout that nobody has set leaves the gateway's own clocks as they are. */
function clocksOf(balancer: BalancerOptions): (base: Clocks) => Clocks {
  const { connect_timeout: connectMs, read_timeout: readMs, write_timeout: writeMs } = balancer;
  const isConnect = connectMs !== DEFAULT_TIMEOUT_MS;
  const isRead = readMs !== DEFAULT_TIMEOUT_MS;
  const isWrite = writeMs !== DEFAULT_TIMEOUT_MS;
  if (!isConnect && !isRead && !isWrite) return (base) => base;
  return (base) => ({
    ...(isRead ? withReadTimeout(base, readMs) : base),
    ...(isConnect && { connectMs }),
    headersMs: Math.max(isRead ? readMs : base.headersMs, isWrite ? writeMs : 0),
  });
}
