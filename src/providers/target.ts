import type { JsonObject } from "../chat/json.ts";
import type { ReadHeaders } from "../framing/header-map.ts";
import { effectiveModel } from "./effective-model.ts";
import type { Provider } from "./provider.ts";
import { PROVIDERS } from "./registry.ts";
import type { TargetConfig } from "./target-schema.ts";
import { expandModel, isTemplated } from "./templates.ts";
import { type UpstreamPlanner, upstreamPlanner } from "./upstream-request.ts";

/** A configured (provider, model, credentials, options) tuple, ready to be resolved for a call. */
export interface Target {
  /** As configured, to be told from others of its provider; else the provider's. */
  readonly name: string;
  readonly provider: Provider;
  /** With aliases and metadata resolved, templates as written. */
  readonly config: TargetConfig;
  /** How long to wait for it, where it says so. */
  readonly timeoutMs: number | undefined;
  /** Without templates in `model`: it resolves to the same for every call. */
  readonly isFixed: boolean;
  /** The values of templates in `model`, from this call. Throws `invalid_request`. */
  resolve(source: TemplateSource): ResolvedTarget;
}

/** Where `$(headers.x)`, `$(query_params.x)` and `$(uri_captures.x)` come from. */
export interface TemplateSource {
  readonly headers: ReadHeaders;
  /** With its `?`, or empty. */
  readonly search: string;
  readonly captures: Readonly<Record<string, string>>;
}

/** A target whose templates are filled in. */
export interface ResolvedTarget {
  readonly target: Target;
  readonly provider: Provider;
  readonly model: TargetConfig["model"];
  /** For `upstreamRequest`. */
  readonly plan: UpstreamPlanner;
}

/** What `upstreamRequest` needs to know of the client's request. */
export interface UpstreamFacts {
  readonly method: string;
  /** Client path after prefix stripping. */
  readonly path: string;
  /** Client path as it came: it names the stored thing (a file, a batch) that is meant. */
  readonly clientPath: string;
  readonly search: string;
  readonly headers: ReadHeaders;
  /** The selected model; empty when there is none. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether the body is JSON that we write (`application/json`), or the client's own. */
  readonly jsonBody: boolean;
  /** The version of the vendor's dialect that the client speaks, where its own request goes there. */
  readonly clientVersion?: string;
  /** The client's JSON body, where it was read: it may hold a credential of its own. */
  readonly clientBody?: JsonObject;
}

/** Everything of the upstream request but its body's translation. */
export interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** Top-level members that a body credential adds. */
  readonly bodyMembers?: JsonObject;
}

/** The target, with what can be settled before any call settled. */
export function compileTarget(
  written: TargetConfig & { readonly timeout_ms?: number | undefined },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Target {
  const config = { ...written, model: withRegion(effectiveModel(written.model), env) };
  const provider = PROVIDERS[config.model.provider];
  const resolved = (model: TargetConfig["model"]): ResolvedTarget => ({
    target,
    provider,
    model,
    plan: upstreamPlanner({ provider, config, model }),
  });
  const isFixed = !isTemplated(config.model);
  const name = config.name ?? provider.name;
  const { timeout_ms: timeoutMs } = written;
  const target: Target = isFixed
    ? { name, provider, config, timeoutMs, isFixed, resolve: () => constant }
    : {
        name,
        provider,
        config,
        timeoutMs,
        isFixed,
        resolve: (source) => resolved(expandModel(config.model, source)),
      };
  const constant = resolved(config.model);
  return target;
}

/** A Bedrock target without a region is in the one that AWS's own tools would take. */
function withRegion(
  model: TargetConfig["model"],
  env: Readonly<Record<string, string | undefined>>,
): TargetConfig["model"] {
  const { provider, options } = model;
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (provider !== "bedrock" || options.bedrock.aws_region || !region) return model;
  return { ...model, options: { ...options, bedrock: { ...options.bedrock, aws_region: region } } };
}
