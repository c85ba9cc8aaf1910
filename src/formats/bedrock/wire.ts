/**
 * Amazon Bedrock's Converse and ConverseStream
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). The model
 * stands in the URL, and so does whether the answer is streamed: a body names neither.
 */
export const FORMAT_NAME = "bedrock-converse";

export const STREAM_CONTENT_TYPE = "application/vnd.amazon.eventstream";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode response from Bedrock";

/** The reference's words for an answer without content. */
export const NO_CONTENT = "no generation candidates received from Bedrock, or max_tokens too short";

/** Members of a request that have a canonical seat. */
export const SEATED_MEMBERS: ReadonlySet<string> = new Set([
  "messages",
  "system",
  "inferenceConfig",
  "toolConfig",
  "serviceTier",
  "outputConfig",
  "additionalModelRequestFields",
]);

/**
 * Members of a request without a canonical seat. They are taken from any client under these names:
 * an OpenAI client that knows it talks to Bedrock has no other way to say them.
 */
export const OWN_MEMBERS: ReadonlySet<string> = new Set([
  "guardrailConfig",
  "performanceConfig",
  "promptVariables",
  "requestMetadata",
  "additionalModelResponseFieldPaths",
]);
