import type { z } from "zod";
import { soundModel } from "./effective-model.ts";
import type { LlmFormat, RouteType } from "./operations.ts";
import type { TargetConfig } from "./target-schema.ts";

/** A path within the target, and what is wrong there. */
export interface TargetProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What a check needs to know of the plugin around the target. */
export interface TargetSurroundings {
  readonly llmFormat: LlmFormat;
}

interface Facts extends TargetSurroundings {
  readonly config: TargetConfig;
  readonly model: TargetConfig["model"];
}

interface Check {
  readonly fails: (facts: Facts) => boolean;
  readonly message: string;
}

/** Operations of an Azure resource rather than of a deployment. */
const WITHOUT_DEPLOYMENT: ReadonlySet<RouteType> = new Set([
  "llm/v1/files",
  "llm/v1/batches",
  "llm/v1/assistants",
  "llm/v1/responses",
]);

/** In the order, and in the words, of the reference. */
const CHECKS: readonly Check[] = [
  {
    fails: ({ model, config }) =>
      (model.provider === "bedrock" || model.provider === "gemini") && config.auth.allow_override,
    message: "bedrock and gemini only support auth.allow_override = false",
  },
  {
    fails: ({ config: { auth } }) => someButNotAll(auth.header_name, auth.header_value),
    message: allOrNone("auth.header_name", "auth.header_value"),
  },
  {
    fails: ({ config: { auth } }) =>
      someButNotAll(auth.param_name, auth.param_value, auth.param_location),
    message: allOrNone("auth.param_name", "auth.param_value", "auth.param_location"),
  },
  mustSet("llama2_format", "llama2"),
  mustSet("mistral_format", "mistral"),
  mustSet("anthropic_version", "anthropic"),
  mustSet("azure_instance", "azure"),
  mustSet("azure_api_version", "azure"),
  {
    fails: ({ config, model }) =>
      model.provider === "azure" &&
      !model.options.azure_deployment_id &&
      !model.options.upstream_url &&
      !WITHOUT_DEPLOYMENT.has(config.route_type),
    message: "must set 'model.options.azure_deployment_id' for azure provider",
  },
  {
    fails: ({ model }) => model.provider === "llama2" && !model.options.upstream_url,
    message: "must set 'model.options.upstream_url' for self-hosted providers/models",
  },
  {
    fails: ({ model: { options } }) =>
      someButNotAll(
        options.gemini.api_endpoint,
        options.gemini.project_id,
        options.gemini.location_id,
      ),
    message: allOrNone("api_endpoint", "project_id", "location_id"),
  },
  {
    fails: ({ config, model }) =>
      model.provider === "anthropic" &&
      config.route_type === "llm/v1/completions" &&
      config.logging.log_statistics,
    message: "anthropic does not support statistics when route_type is llm/v1/completions",
  },
  nativeOnly("bedrock"),
  nativeOnly("gemini"),
];

/** What makes a target unusable; all that fail, in the reference's order. */
export function targetChecks(
  config: TargetConfig,
  surroundings: TargetSurroundings,
): TargetProblem[] {
  const { model, issues } = soundModel(config.model);
  const facts = { ...surroundings, config, model };
  const failed = CHECKS.filter(({ fails }) => fails(facts));
  return [
    ...issues.map(metadataProblem),
    ...failed.map(({ message }) => ({ path: ["@entity"], message })),
  ];
}

function metadataProblem({ path, message }: z.core.$ZodIssue): TargetProblem {
  const fields = path.map((step) => (typeof step === "symbol" ? String(step) : step));
  return { path: ["model", "metadata", ...fields], message };
}

function mustSet(
  option:
    | "llama2_format"
    | "mistral_format"
    | "anthropic_version"
    | "azure_instance"
    | "azure_api_version",
  provider: TargetConfig["model"]["provider"],
): Check {
  return {
    fails: ({ model }) => model.provider === provider && !model.options[option],
    message: `must set 'model.options.${option}' for ${provider} provider`,
  };
}

function nativeOnly(format: "bedrock" | "gemini"): Check {
  return {
    fails: ({ llmFormat, model }) => llmFormat === format && model.provider !== format,
    message: `native llm_format '${format}' can only be used with the '${format}' model.provider`,
  };
}

function allOrNone(...fields: readonly string[]): string {
  return `all or none of these fields must be set: ${fields.map((field) => `'${field}'`).join(", ")}`;
}

function someButNotAll(...values: readonly (string | undefined)[]): boolean {
  return values.some(Boolean) && !values.every(Boolean);
}
