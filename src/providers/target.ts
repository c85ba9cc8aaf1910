import { z } from "zod";
import { modelOptionsSchema } from "./model-options-schema.ts";
import type { Provider } from "./provider.ts";
import { PROVIDERS } from "./registry.ts";
import type { TargetConfig } from "./target-schema.ts";
import {
  expandTemplate,
  hasTemplate,
  type TemplatePosition,
  type TemplateSource,
} from "./templates.ts";
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

/** A target whose templates are filled in. */
export interface ResolvedTarget {
  readonly target: Target;
  readonly provider: Provider;
  readonly model: TargetConfig["model"];
  /** For `upstreamRequest`. */
  readonly plan: UpstreamPlanner;
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

/** Where the value of an option ends up; the others are text. */
const POSITIONS: Readonly<Record<string, TemplatePosition>> = {
  upstream_url: "url",
  upstream_path: "path",
  aws_sts_endpoint_url: "url",
  azure_instance: "host",
  aws_region: "host",
  api_endpoint: "host",
  workspace_instance_id: "host",
};

/** Whether any string of `model` has to be expanded for each call. */
function isTemplated(model: TargetConfig["model"]): boolean {
  const { bedrock, gemini, databricks, ...own } = model.options;
  return [{ name: model.name }, own, bedrock, gemini, databricks].some((group) =>
    Object.values(group).some((value) => typeof value === "string" && hasTemplate(value)),
  );
}

/** A copy of `model` with every template filled in. Throws `invalid_request`. */
function expandModel(model: TargetConfig["model"], source: TemplateSource): TargetConfig["model"] {
  const { options } = model;
  return {
    ...model,
    ...(model.name !== undefined && { name: expandTemplate(model.name, source, "text") }),
    options: Object.assign({}, options, expandedTexts(options, source), {
      bedrock: Object.assign({}, options.bedrock, expandedTexts(options.bedrock, source)),
      gemini: Object.assign({}, options.gemini, expandedTexts(options.gemini, source)),
      databricks: Object.assign({}, options.databricks, expandedTexts(options.databricks, source)),
    }),
  };
}

function expandedTexts(group: object, source: TemplateSource): Record<string, string> {
  const expanded: Record<string, string> = {};
  for (const [field, value] of Object.entries(group)) {
    if (typeof value !== "string" || !hasTemplate(value)) continue;
    expanded[field] = expandTemplate(value, source, POSITIONS[field] ?? "text");
  }
  return expanded;
}

type Model = TargetConfig["model"];

const DEFAULTS: Readonly<Record<string, unknown>> = modelOptionsSchema.parse({});

/**
 * The model with its aliases resolved: `model` stands in for `name`, and `metadata` fills options
 * that are not set. Metadata that names no option is ignored; throws `ZodError` where it names one
 * with a value of the wrong kind.
 */
export function effectiveModel(model: Model): Model {
  const { model: otherName, metadata, ...rest } = model;
  const name = rest.name ?? otherName;
  const named = name === undefined ? rest : { ...rest, name };
  if (!metadata) return named;
  const extra = Object.entries(metadata).filter(([field]) => field in modelOptionsSchema.shape);
  const options = { ...Object.fromEntries(extra), ...explicit(model.options) };
  return { ...named, options: modelOptionsSchema.parse(options) };
}

/** The same without the metadata that is wrong, and what is wrong with that: it hides nothing else. */
export function soundModel(model: Model): {
  readonly model: Model;
  readonly issues: readonly z.core.$ZodIssue[];
} {
  try {
    return { model: effectiveModel(model), issues: [] };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const { issues } = error;
    const wrong = new Set(issues.map(({ path: [field] }) => field));
    const sound = Object.entries(model.metadata ?? {}).filter(([field]) => !wrong.has(field));
    return { model: effectiveModel({ ...model, metadata: Object.fromEntries(sound) }), issues };
  }
}

/** What was written, as far as it differs from the default. */
function explicit(options: Model["options"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([field, value]) =>
        value !== undefined && JSON.stringify(value) !== JSON.stringify(DEFAULTS[field]),
    ),
  );
}
