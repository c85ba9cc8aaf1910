import type { ProxySettings } from "../../gateway/call/plan.ts";
import type { TargetPool } from "../../gateway/proxy/target-pool.ts";
import { compileTarget, type Target } from "../../providers/target.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import {
  ANY_FAILURE,
  type BalancedTarget,
  type BalancerOptions,
  balancerSchema,
} from "../balancer-schema.ts";
import { buildPool } from "../build-pool.ts";

/** Who serves a model. */
export type Serving =
  | {
      readonly type: "one";
      readonly target: Target;
      /** What to call it upstream. */
      readonly model: string;
    }
  | {
      readonly type: "several";
      readonly pool: TargetPool;
      /** All of the pool. */
      readonly among: readonly number[];
      /** What to call it upstream; absent where each target has its own name for it. */
      readonly model: string | undefined;
    };

/** Several keys of one provider take turns, and stand in for each other when one is spent or revoked. */
export const KEY_ROTATION: BalancerOptions = balancerSchema.parse({
  failover_criteria: ANY_FAILURE,
});

const MAX_DEPLOYMENTS = 1000;

/** Builds whatever serves names, and lets go of it all at once. */
export function servings(settings: ProxySettings) {
  const releases: (() => void)[] = [];

  function several(
    name: string,
    targets: readonly BalancedTarget[],
    balancer: BalancerOptions,
    model: string | undefined,
  ): Serving {
    const id = `${settings.pluginId}/${name}`;
    const { pool, release } = buildPool({ id, targets, balancer, settings });
    releases.push(release);
    return { type: "several", pool, among: targets.map((_, index) => index), model };
  }

  /** A configured name: one target, or several with a balancer. */
  function named(
    name: string,
    targets: readonly BalancedTarget[],
    balancer: BalancerOptions = KEY_ROTATION,
  ): Serving | undefined {
    const [only, ...others] = targets;
    if (!only) return undefined;
    if (others.length > 0)
      return several(
        name,
        targets.map((one) => withName(one, name)),
        balancer,
        undefined,
      );
    const target = compileTarget(only);
    return { type: "one", target, model: target.config.model.name ?? name };
  }

  /** Any model of a provider. An Azure deployment is called like its model unless it is named. */
  function open(provider: string, configs: readonly TargetConfig[]): (model: string) => Serving {
    const [only] = configs;
    if (only && !needsDeployment(only)) {
      const serving = serve(provider, configs);
      return (model) => serving(model);
    }
    const deployments = new Map<string, (model: string) => Serving>();
    return (model) => {
      const known = deployments.get(model);
      const serving =
        known ??
        serve(
          `${provider}/${model}`,
          configs.map((one) => withDeployment(one, model)),
        );
      if (!known && deployments.size < MAX_DEPLOYMENTS) deployments.set(model, serving);
      return serving(model);
    };
  }

  function serve(name: string, configs: readonly TargetConfig[]): (model: string) => Serving {
    const [only, ...others] = configs;
    if (only && others.length === 0) {
      const target = compileTarget(only);
      return (model) => ({ type: "one", target, model });
    }
    const equal = configs.map((config) => ({ ...config, weight: 100 }));
    const pooled = several(name, equal, KEY_ROTATION, undefined);
    return (model) => ({ ...pooled, model });
  }

  return {
    named,
    open,
    release: () => {
      for (const release of releases) release();
    },
  };
}

function withName(target: BalancedTarget, name: string): BalancedTarget {
  if (target.model.name !== undefined) return target;
  return { ...target, model: { ...target.model, name } };
}

function needsDeployment({ model: { provider, options } }: TargetConfig): boolean {
  return provider === "azure" && !options.azure_deployment_id && !options.upstream_url;
}

function withDeployment(config: TargetConfig, model: string): TargetConfig {
  const options = { ...config.model.options, azure_deployment_id: model };
  return { ...config, model: { ...config.model, options } };
}
