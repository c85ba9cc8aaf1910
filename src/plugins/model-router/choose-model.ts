import { GatewayError } from "../../chat/error.ts";
import { nearest } from "../../chat/nearest.ts";
import type { ProxySettings } from "../../gateway/call/plan.ts";
import { providerOfModel } from "../../providers/registry.ts";
import type { Allowance } from "../allowance.ts";
import type { ModelRouterOptions } from "./options.ts";
import { type Serving, servings } from "./serving.ts";

/**
 * Finds who serves a model by the name that a client wrote: a configured name, `provider/model`, a
 * model that is known to be some provider's (`gpt-…` is OpenAI's), or anything at all where there
 * is only one provider and no name is configured: a slip in one of those must not go upstream.
 */
export function modelChooser(options: ModelRouterOptions, settings: ProxySettings) {
  const { models, balancers, providers, other_keys: otherKeys } = options;
  const served = servings(settings);
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
