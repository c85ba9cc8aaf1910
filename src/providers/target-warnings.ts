import { isAnsweredWith, operationOf } from "./operations.ts";
import { PROVIDERS } from "./registry.ts";
import { effectiveModel } from "./target.ts";
import type { TargetFacts, TargetProblem, TargetSurroundings } from "./target-checks.ts";
import type { TargetConfig } from "./target-schema.ts";
import { hasTemplate } from "./templates.ts";

interface Warning {
  readonly holds: (facts: TargetFacts) => boolean;
  readonly path: (string | number)[];
  readonly message: string;
}

const WARNINGS: readonly Warning[] = [
  {
    holds: ({ config }) => config.route_type === "preserve",
    path: ["route_type"],
    message: "'preserve' is deprecated: name the operation",
  },
  {
    holds: ({ model }) => model.options.upstream_path !== undefined,
    path: ["model", "options", "upstream_path"],
    message: "upstream_path is deprecated: write the whole upstream_url",
  },
  {
    holds: ({ config }) => config.model.model !== undefined,
    path: ["model", "model"],
    message: "model.model is not a field of the reference: read as model.name",
  },
  {
    holds: ({ config }) => config.model.options.seconds !== undefined,
    path: ["model", "options", "seconds"],
    message: "seconds is not a field of the reference: sent when the request names none",
  },
  {
    holds: ({ config }) => config.model.options.size !== undefined,
    path: ["model", "options", "size"],
    message: "size is not a field of the reference: sent when the request names none",
  },
  {
    holds: ({ model }) =>
      (model.provider === "vllm" || model.provider === "ollama") && !model.options.upstream_url,
    path: ["model", "options", "upstream_url"],
    message: "upstream_url is not set, and this provider has no endpoint of its own",
  },
  {
    holds: ({ model: { provider, options } }) =>
      provider === "databricks" &&
      !options.databricks.workspace_instance_id &&
      !options.upstream_url,
    path: ["model", "options", "databricks", "workspace_instance_id"],
    message: "neither databricks.workspace_instance_id nor upstream_url is set",
  },
  {
    holds: ({ config, model }) =>
      model.provider === "bedrock" &&
      config.route_type === "video/v1/videos/generations" &&
      !model.options.bedrock.video_output_s3_uri,
    path: ["model", "options", "bedrock", "video_output_s3_uri"],
    message: "bedrock.video_output_s3_uri is not set: Bedrock writes videos nowhere else",
  },
  {
    holds: ({ llmFormat, model }) =>
      (llmFormat === "cohere" || llmFormat === "huggingface") && model.provider !== llmFormat,
    path: ["model", "provider"],
    message: "this llm_format is meant for the provider of the same name",
  },
  {
    holds: isBaseUrl,
    path: ["model", "options", "upstream_url"],
    message: "upstream_url is the whole URL of the operation, not a base: its path looks too short",
  },
];

/** What works, but probably not as meant. Call it for a target whose checks pass. */
export function targetWarnings(
  config: TargetConfig,
  surroundings: TargetSurroundings,
): TargetProblem[] {
  const facts = { ...surroundings, config, model: effectiveModel(config.model) };
  return WARNINGS.filter(({ holds }) => holds(facts)).map(({ path, message }) => ({
    path,
    message,
  }));
}

function isBaseUrl({ config, model: { provider, options } }: TargetFacts): boolean {
  const url = options.upstream_url;
  if (!url || hasTemplate(url) || isAnsweredWith("bytes", config.route_type)) return false;
  const { operations } = PROVIDERS[provider];
  const { otherwise } = operationOf(config.route_type);
  const operation = operations[config.route_type] ?? (otherwise && operations[otherwise]);
  if (operation?.suffix) return false;
  if (options.upstream_path && PROVIDERS[provider].upstreamPath?.(options)) return false;
  return /^\w+:\/\/[^/?#]*(?:\/v\d+)?\/?(?:[?#]|$)/.test(url);
}
