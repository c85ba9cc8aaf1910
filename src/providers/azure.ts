import type { FamilyRules } from "./chat-rules.ts";
import { openAiFormat } from "./openai-dialect.ts";
import { OPENAI_MODELS } from "./openai-models.ts";
import { pathSegment } from "./path-segment.ts";
import type { ModelOptions, Operation, Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

/** https://learn.microsoft.com/azure/ai-services/openai/reference */
const DEPLOYMENT_PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/chat/completions",
  "llm/v1/completions": "/completions",
  "llm/v1/embeddings": "/embeddings",
  "audio/v1/audio/speech": "/audio/speech",
  "audio/v1/audio/transcriptions": "/audio/transcriptions",
  "audio/v1/audio/translations": "/audio/translations",
  "image/v1/images/generations": "/images/generations",
  "image/v1/images/edits": "/images/edits",
};

const RESOURCE_PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/responses": "/openai/v1/responses",
  "llm/v1/assistants": "/openai/assistants",
  "llm/v1/files": "/openai/files",
  "llm/v1/batches": "/openai/batches",
  "video/v1/videos/generations": "/openai/v1/video/generations/jobs",
  "realtime/v1/realtime": "/openai/realtime",
};

export const azure: Provider = {
  name: "azure",
  about: "Azure OpenAI: a deployment of a resource.",
  format: openAiFormat,
  embeddings: () => "as-it-came",
  origin: ({ azure_instance }) =>
    azure_instance ? `https://${azure_instance}.openai.azure.com` : undefined,
  path: ({ routeType, options }) => {
    const operation = DEPLOYMENT_PATHS[routeType];
    return operation ? deploymentBase(options) + operation : RESOURCE_PATHS[routeType];
  },
  query: ({ options }) => ({ "api-version": options.azure_api_version }),
  upstreamPath: (options) => ({ appendTo: deploymentBase(options) }),
  families: ({ options }) =>
    takesStreamOptions(options.azure_api_version) ? OPENAI_MODELS : OLDER,
  modelTold,
  takesFunctions: true,
  streamUsage: ({ azure_api_version }) => takesStreamOptions(azure_api_version),
};

function deploymentBase({ azure_deployment_id }: ModelOptions): string {
  return azure_deployment_id
    ? `/openai/deployments/${pathSegment(azure_deployment_id)}`
    : "/openai";
}

/** Before the report of usage in streams. */
const OLDER: FamilyRules = [
  ...OPENAI_MODELS,
  {
    about: "API versions before September 2024",
    rules: { members: { stream_options: "refused" } },
  },
];

/** OpenAI's name within a deployment's: `prod-gpt-5-mini`, `o3mini`, `gpt-35-turbo`. */
const WITHIN = /(?<![a-z0-9])(?:(o[1-9](?![a-z0-9]))|gpt-?([3-9].*))/i;

/**
 * People name deployments as they like. Where neither the model's name nor the deployment's says
 * which model it is, nothing is changed that only some models want otherwise.
 */
function modelTold({ model, options: { azure_deployment_id: deployment } }: Operation): string {
  for (const name of [model, deployment]) {
    const [, series, generation] = WITHIN.exec(name ?? "") ?? [];
    if (series !== undefined) return series.toLowerCase();
    if (generation !== undefined) return `gpt-${generation.toLowerCase()}`;
  }
  return model;
}

/** Known since the versions of September 2024; names that are no date (`preview`) are newer. */
function takesStreamOptions(apiVersion: string): boolean {
  return !/^\d/.test(apiVersion) || apiVersion >= "2024-09";
}
