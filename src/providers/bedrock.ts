import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { bedrockConverse } from "../formats/bedrock/format.ts";
import { cohereEmbedOnBedrock } from "../formats/embeddings/cohere.ts";
import type { EmbeddingsFormat } from "../formats/embeddings/format.ts";
import { titanEmbed } from "../formats/embeddings/titan.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { Endpoint, Invocation, ModelOptions, Provider, StreamEndings } from "./provider.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";
import { pathSegment } from "./upstream-path.ts";

const STREAM_ENDINGS: StreamEndings = [
  ["/converse", "/converse-stream"],
  ["/invoke", "/invoke-with-response-stream"],
];

const CONVERSE: Endpoint<WireFormat> = {
  format: () => bedrockConverse,
  path: ({ model, stream }) =>
    `/model/${pathSegment(model)}/${stream ? "converse-stream" : "converse"}`,
  streamEndings: STREAM_ENDINGS,
};

const INVOKE: Endpoint<never> = {
  path: ({ model }) => `/model/${pathSegment(model)}/invoke`,
  streamEndings: STREAM_ENDINGS,
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/welcome.html */
export const bedrock: Provider = {
  name: "bedrock",
  about: "Amazon Bedrock: the models of many makers behind Converse.",
  operations: {
    "llm/v1/chat": CONVERSE,
    "llm/v1/completions": CONVERSE,
    preserve: { streamEndings: STREAM_ENDINGS },
    "llm/v1/embeddings": { format: embeddings, ...INVOKE },
    "image/v1/images/generations": INVOKE,
    "image/v1/images/edits": INVOKE,
    "video/v1/videos/generations": { path: "/async-invoke" },
    "llm/v1/batches": { path: "/model-invocation-job" },
  },
  origin: ({ bedrock: { aws_region } }) =>
    aws_region ? `https://bedrock-runtime.${aws_region}.amazonaws.com` : undefined,
  originNeeds: "'model.options.bedrock.aws_region' or AWS_REGION",
  upstreamPath: () => ({ override: true }),
  toolNames: () => PLAIN_TOOL_NAMES,
  adapt,
  /** Converse reports the usage of every stream, asked or not. */
  streamUsage: () => false,
};

/** Each maker has a dialect of its own; an inference profile names the model after a dot or a slash. */
function embeddings(options: ModelOptions, model: string): EmbeddingsFormat {
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
function adapt(wire: JsonObject, { model, options }: Invocation): JsonObject {
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
