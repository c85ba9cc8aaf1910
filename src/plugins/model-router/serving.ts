import { GatewayError } from "../../chat/error.ts";
import { nearest } from "../../chat/nearest.ts";
import type { KeptState } from "../../gateway/call/kept-state.ts";
import type { ProxySettings } from "../../gateway/call/plan.ts";
import type { TargetPool } from "../../gateway/proxy/target-pool.ts";
import { providerOfModel } from "../../providers/registry.ts";
import { compileTarget, type Target } from "../../providers/target.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import type { Allowance } from "../allowance.ts";
import {
  ANY_FAILURE,
  type BalancedTarget,
  type BalancerOptions,
  balancerSchema,
} from "../balancer-schema.ts";
import { buildPool } from "../build-pool.ts";
import type { ModelRouterOptions } from "./options.ts";

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
export function servings(settings: ProxySettings, kept: KeptState) {
  const releases: (() => void)[] = [];

  function several(
    name: string,
    targets: readonly BalancedTarget[],
    balancer: BalancerOptions,
    model: string | undefined,
  ): Serving {
    const id = `${settings.pluginId}/${name}`;
    const { pool, release } = buildPool({ id, targets, balancer, settings, kept });
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

/**
 * Finds who serves a model by the name that a client wrote: a configured name, `provider/model`, a
 * model that is known to be some provider's (`gpt-…` is OpenAI's), or anything at all where there
 * is only one provider and no name is configured: a slip in one of those must not go upstream.
 */
export function modelChooser(
  options: ModelRouterOptions,
  settings: ProxySettings,
  kept: KeptState,
) {
  const { models, balancers, providers, other_keys: otherKeys } = options;
  const served = servings(settings, kept);
  const named = new Map(
    Object.entries(models).flatMap(([name, targets]) => {
      const serving = served.named(name, targets, balancers[name]);
      return serving ? [[name, serving] as const] : [];
    }),
  );
  const open = new Map(
    Object.entries(providers).map(([name, config]) => {
      return [name, served.open(name, [config, ...(otherKeys[name] ?? [])])] as const;
    }),
  );
  // The first of a type wins, so the entries are read backwards.
  const byType = new Map<string, (model: string) => Serving>(
    Object.entries(providers)
      .reverse()
      .flatMap(([name, { model }]) => {
        const found = open.get(name);
        return found ? [[model.provider, found] as const] : [];
      }),
  );
  const only = open.size === 1 && named.size === 0 ? [...open.values()][0] : undefined;

  function choose(name: string): Serving | undefined {
    const serving = named.get(name);
    if (serving) return serving;
    const [, prefix = "", rest = ""] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
    const prefixed = open.get(prefix) ?? byType.get(prefix);
    if (prefixed) return prefixed(rest);
    const owner = providerOfModel(name);
    return ((owner && byType.get(owner)) ?? only)?.(name);
  }

  return {
    /** The names that can be called, providers' own models aside. */
    named,
    release: served.release,
    /** Throws `invalid_request`, `permission_denied` for what the caller may not call, `not_found`. */
    choose(name: unknown, allowance?: Allowance): Serving {
      if (typeof name !== "string" || name === "") {
        throw new GatewayError(
          "invalid_request",
          "model parameter not found in request, nor in gateway configuration",
        );
      }
      if (allowance && !allowance.has(name)) throw notAllowed(name, allowance);
      const chosen = choose(name);
      if (chosen) return chosen;
      throw new GatewayError("not_found", unknownModel(name, [...named.keys()], [...open.keys()]), {
        vendor: { type: "invalid_request_error", code: "model_not_found", param: "model" },
      });
    },
    /** For models that a request names beside its `model`. Throws `permission_denied`. */
    refuseOthers(names: readonly string[], allowance: Allowance): void {
      const other = names.find((name) => !allowance.has(name));
      if (other !== undefined) throw notAllowed(other, allowance);
    },
  };
}

/** Says nothing of whether there is such a model. */
function notAllowed(name: string, { names }: Allowance): GatewayError {
  const message = `This key may not call the model '${name}'. It may call: ${names.join(", ") || "none"}.`;
  return new GatewayError("permission_denied", message, {
    vendor: { type: "invalid_request_error", code: "model_not_found", param: "model" },
  });
}

function unknownModel(
  name: string,
  models: readonly string[],
  providers: readonly string[],
): string {
  const candidates = [...models, ...providers.map((provider) => `${provider}/${name}`)];
  const guess = nearest(name, candidates);
  const hint = guess ? ` Did you mean '${guess}'?` : "";
  return `The model '${name}' is not served here.${hint} Call a configured name (${models.join(", ") || "none"}) or provider/model (providers: ${providers.join(", ") || "none"}).`;
}
