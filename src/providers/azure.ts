import type { FamilyRules } from "./chat-rules.ts";
import {
  OPENAI_CHAT,
  OPENAI_COMPLETIONS,
  OPENAI_EMBEDDINGS,
  OPENAI_RESPONSES,
} from "./openai-dialect.ts";
import { OPENAI_MODELS } from "./openai-models.ts";
import type { Invocation, ModelOptions, Provider } from "./provider.ts";
import { pathSegment } from "./upstream-path.ts";

export const azure: Provider = {
  name: "azure",
  about: "Azure OpenAI: a deployment of a resource.",
  /** https://learn.microsoft.com/azure/ai-services/openai/reference */
  operations: {
    "llm/v1/chat": { ...OPENAI_CHAT, ...ofDeployment("/chat/completions") },
    "llm/v1/completions": { ...OPENAI_COMPLETIONS, ...ofDeployment("/completions") },
    preserve: { query: apiVersion },
    "llm/v1/embeddings": { ...OPENAI_EMBEDDINGS, ...ofDeployment("/embeddings") },
    "audio/v1/audio/speech": ofDeployment("/audio/speech"),
    "audio/v1/audio/transcriptions": ofDeployment("/audio/transcriptions"),
    "audio/v1/audio/translations": ofDeployment("/audio/translations"),
    "image/v1/images/generations": ofDeployment("/images/generations"),
    "image/v1/images/edits": ofDeployment("/images/edits"),
    "llm/v1/responses": { ...OPENAI_RESPONSES, ...ofResource("/openai/v1/responses") },
    "llm/v1/assistants": ofResource("/openai/assistants"),
    "llm/v1/files": ofResource("/openai/files"),
    "llm/v1/batches": ofResource("/openai/batches"),
    "video/v1/videos/generations": ofResource("/openai/v1/video/generations/jobs"),
    "realtime/v1/realtime": ofResource("/openai/realtime"),
  },
  origin: ({ azure_instance }) =>
    azure_instance ? `https://${azure_instance}.openai.azure.com` : undefined,
  keyHeader: "api-key",
  upstreamPath: (options) => ({ appendTo: deploymentBase(options) }),
  families: ({ options }) =>
    takesStreamOptions(options.azure_api_version) ? OPENAI_MODELS : OLDER,
  modelTold,
  takesFunctions: true,
  streamUsage: ({ azure_api_version }) => takesStreamOptions(azure_api_version),
};

function ofDeployment(path: string) {
  return {
    path: ({ options }: Invocation) => deploymentBase(options) + path,
    query: apiVersion,
  };
}

function ofResource(path: string) {
  return { path, query: apiVersion };
}

function apiVersion({ options }: Invocation) {
  return { "api-version": options.azure_api_version };
}

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
function modelTold({ model, options: { azure_deployment_id: deployment } }: Invocation): string {
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
