import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { bedrockConverse } from "../formats/bedrock/format.ts";
import { cohereEmbedOnBedrock } from "../formats/embeddings/cohere.ts";
import type { EmbeddingsFormat } from "../formats/embeddings/format.ts";
import { titanEmbed } from "../formats/embeddings/titan.ts";
import { pathSegment } from "./path-segment.ts";
import type { Operation, Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/welcome.html */
export const bedrock: Provider = {
  name: "bedrock",
  about: "Amazon Bedrock: the models of many makers behind Converse.",
  format: (routeType) => (isConverse(routeType) ? bedrockConverse : undefined),
  embeddings,
  origin: ({ bedrock: { aws_region } }) =>
    aws_region ? `https://bedrock-runtime.${aws_region}.amazonaws.com` : undefined,
  originNeeds: "'model.options.bedrock.aws_region' or AWS_REGION",
  path,
  upstreamPath: () => ({ override: true }),
  streamEndings: [
    ["/converse", "/converse-stream"],
    ["/invoke", "/invoke-with-response-stream"],
  ],
  toolNames: () => PLAIN_TOOL_NAMES,
  adapt,
  /** Converse reports the usage of every stream, asked or not. */
  streamUsage: () => false,
};

function isConverse(routeType: RouteType): boolean {
  return routeType === "llm/v1/chat" || routeType === "llm/v1/completions";
}

/** Each maker has a dialect of its own; an inference profile names the model after a dot or a slash. */
function embeddings({ model, options }: Operation): EmbeddingsFormat {
  if (/(?:^|[./])amazon\.titan-embed-(?:g1-)?text/.test(model)) {
    return titanEmbed(model, options.bedrock.embeddings_normalize);
  }
  if (/(?:^|[./])cohere\.embed/.test(model)) {
    return cohereEmbedOnBedrock(options.cohere.embedding_input_type);
  }
  throw new GatewayError(
    "invalid_request",
    `model ${model} on Bedrock is not built yet for embeddings: amazon.titan-embed-text and cohere.embed models are`,
    { vendor: { param: "model" } },
  );
}

/** The configured latency wins over the client's; Claude's API version is a member of its own. */
function adapt(wire: JsonObject, { routeType, model, options }: Operation): JsonObject {
  if (!isConverse(routeType)) return wire;
  const { bedrock: own, anthropic_version: version } = options;
  const isClaude = version !== undefined && /(?:^|[./])anthropic\.claude/.test(model);
  const latency = withMember(wire, "performanceConfig", "latency", own.performance_config_latency);
  return isClaude
    ? withMember(latency, "additionalModelRequestFields", "anthropic_version", version)
    : latency;
}

/** `wire` itself when there is nothing to set, or nothing changes. */
function withMember(
  wire: JsonObject,
  name: string,
  inner: string,
  value: string | undefined,
): JsonObject {
  if (value === undefined || value === "") return wire;
  const object: Json | undefined = wire[name];
  const members = isJsonObject(object) ? object : {};
  return members[inner] === value ? wire : { ...wire, [name]: { ...members, [inner]: value } };
}

function path({ routeType, model, stream }: Operation): string | undefined {
  switch (routeType) {
    case "llm/v1/chat":
    case "llm/v1/completions":
      return `/model/${pathSegment(model)}/${stream ? "converse-stream" : "converse"}`;
    case "llm/v1/embeddings":
    case "image/v1/images/generations":
    case "image/v1/images/edits":
      return `/model/${pathSegment(model)}/invoke`;
    case "video/v1/videos/generations":
      return "/async-invoke";
    case "llm/v1/batches":
      return "/model-invocation-job";
    case "preserve":
    case "llm/v1/responses":
    case "llm/v1/assistants":
    case "llm/v1/files":
    case "audio/v1/audio/speech":
    case "audio/v1/audio/transcriptions":
    case "audio/v1/audio/translations":
    case "realtime/v1/realtime":
    case "llm/v1/multimodal-embeddings":
      return undefined;
  }
}
