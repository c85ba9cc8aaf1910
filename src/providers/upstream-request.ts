import { askedOperation } from "./asked-operation.ts";
import { isTranslated } from "./operations.ts";
import type { Invocation, Provider } from "./provider.ts";
import type { TargetConfig } from "./target-schema.ts";
import type { UpstreamFacts, UpstreamRequest } from "./upstream-facts.ts";
import {
  bodyCredential,
  type HeaderPlan,
  planHeaders,
  upstreamHeaders,
} from "./upstream-headers.ts";
import { completeUrl, planUrl, type UrlPlan } from "./upstream-url.ts";

/** What is known of a target's upstream request once model and mode are. */
export interface UpstreamPlan {
  readonly url: UrlPlan;
  readonly headers: HeaderPlan;
}

export type UpstreamPlanner = (model: string, stream: boolean) => UpstreamPlan;

/**
 * Where a call goes upstream, and with which headers. Throws `invalid_request` for a model or path
 * that could change either, `internal` where no endpoint is configured.
 */
export function upstreamRequest(resolved: PlannedTarget, facts: UpstreamFacts): UpstreamRequest {
  const { auth, route_type } = resolved.target.config;
  const plan = resolved.plan(facts.model, facts.stream);
  const bodyMembers = bodyCredential(auth, facts.clientBody);
  const request = {
    // What is written here is a POST, whatever the client's method.
    method: isTranslated(route_type) ? "POST" : facts.method,
    url: completeUrl(plan.url, facts),
    headers: upstreamHeaders(plan.headers, facts),
  };
  return bodyMembers ? { ...request, bodyMembers } : request;
}

interface PlannedTarget {
  readonly target: { readonly config: Pick<TargetConfig, "auth" | "route_type"> };
  readonly plan: UpstreamPlanner;
}

interface PlannerSource {
  readonly provider: Provider;
  readonly config: TargetConfig;
  /** With templates filled in. */
  readonly model: TargetConfig["model"];
}

/** Plans are kept for the last model and mode: a target mostly sees the same ones. */
export function upstreamPlanner({ provider, config, model }: PlannerSource): UpstreamPlanner {
  const kept: { plain?: Kept; streamed?: Kept } = {};
  return (name, stream) => {
    const mode = stream ? "streamed" : "plain";
    const last = kept[mode];
    if (last?.model === name) return last.plan;
    const invocation: Invocation = {
      routeType: askedOperation(provider, config.route_type, model.options, name),
      model: name,
      options: model.options,
      stream,
    };
    const source = { provider, written: config.model, auth: config.auth };
    const plan = {
      url: planUrl(source, invocation),
      headers: planHeaders(provider, config.auth, invocation),
    };
    kept[mode] = { model: name, plan };
    return plan;
  };
}

interface Kept {
  readonly model: string;
  readonly plan: UpstreamPlan;
}
