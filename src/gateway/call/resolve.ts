import { selectModel } from "../../providers/model-name.ts";
import type { ResolvedTarget, Target } from "../../providers/target.ts";
import type { Call } from "./call.ts";
import type { ProxySettings } from "./plan.ts";

/** The target with its templates filled in from this call. Throws `invalid_request`. */
export function resolveFor(target: Target, call: Call): ResolvedTarget {
  const { headers, search } = call.request;
  return target.resolve({ headers, search, captures: call.captures });
}

/** The model to call; `requested` is what the client wrote as `model`. Throws `invalid_request`. */
export function modelFor(
  resolved: ResolvedTarget,
  settings: ProxySettings,
  requested: unknown,
): string {
  return selectModel({
    configured: resolved.model.name,
    alias: resolved.model.model_alias,
    requested,
    routeType: settings.routeType,
    provider: resolved.provider.name,
    options: resolved.model.options,
  });
}
