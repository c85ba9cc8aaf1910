import type { JsonObject } from "../chat/json.ts";
import {
  adaptForOpenAiModels,
  isText,
  openAiFormat,
  REASONING_MEMBERS,
  without,
} from "./openai-dialect.ts";
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
  rejectedMessageMembers: REASONING_MEMBERS,
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
  adapt: adaptForAzure,
  streamUsage: ({ azure_api_version }) => takesStreamOptions(azure_api_version),
};

function deploymentBase({ azure_deployment_id }: ModelOptions): string {
  return azure_deployment_id
    ? `/openai/deployments/${pathSegment(azure_deployment_id)}`
    : "/openai";
}

function adaptForAzure(wire: JsonObject, operation: Operation): JsonObject {
  if (!isText(operation)) return wire;
  const adapted = adaptForOpenAiModels(wire, operation);
  if (takesStreamOptions(operation.options.azure_api_version)) return adapted;
  return without(adapted, ["stream_options"]);
}

/** Known since the versions of September 2024; names that are no date (`preview`) are newer. */
function takesStreamOptions(apiVersion: string): boolean {
  return !/^\d/.test(apiVersion) || apiVersion >= "2024-09";
}
