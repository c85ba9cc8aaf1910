import { z } from "zod";
import { hasTemplate } from "./templates.ts";

const ABSOLUTE = /^(?:https?|wss?):\/\/[^/?#]/;
const PLACEHOLDER = /\$\([^)]*\)/g;

/** An absolute URL, which may hold templates. */
export const upstreamUrlSchema = z
  .string()
  .regex(ABSOLUTE, "expected a URL that begins with http:// or https://")
  .superRefine((url, context) => {
    if (!ABSOLUTE.test(url)) return;
    const message = problemOf(url);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

function problemOf(url: string): string | undefined {
  const authority = /\/\/([^/?#]*)/.exec(url.replace(PLACEHOLDER, ""))?.[1] ?? "";
  if (authority.includes("@")) return "a url with a user name or password is not built yet";
  return hasTemplate(url) || URL.canParse(url) ? undefined : "expected a URL";
}

const templated = (description: string) =>
  z.string().optional().meta({ description, templated: true });
const price = (description: string) => z.number().min(0).optional().describe(description);

const bedrockOptionsSchema = z.strictObject({
  aws_region: templated("Region; otherwise the environment's AWS_REGION, then AWS_DEFAULT_REGION."),
  aws_assume_role_arn: templated("Role assumed after the base credentials are found."),
  aws_role_session_name: templated("Session name of the assumed role."),
  aws_sts_endpoint_url: templated("STS endpoint to use instead of the regional one."),
  embeddings_normalize: z.boolean().default(false).describe("Ask for normalised vectors."),
  performance_config_latency: templated(
    "Forces Converse's performanceConfig.latency (`standard` or `optimized`); unset leaves it to the client.",
  ),
  batch_bucket_prefix: templated("`s3://bucket/prefix/` for the input and output of batch jobs."),
  batch_role_arn: templated("Role for batch jobs; unset takes it from the request."),
  video_output_s3_uri: templated("Where generated videos are written; needed for video."),
});

const geminiOptionsSchema = z.strictObject({
  api_endpoint: templated("Vertex host name; goes together with project_id and location_id."),
  project_id: templated("Google Cloud project; goes together with api_endpoint and location_id."),
  location_id: templated(
    "Google Cloud location (`global` too); goes together with api_endpoint and project_id.",
  ),
  endpoint_id: templated("Model Garden endpoint to call instead of a publisher's model."),
});

const huggingfaceOptionsSchema = z.strictObject({
  use_cache: z.boolean().optional().describe("Whether a cached answer may be served."),
  wait_for_model: z.boolean().optional().describe("Whether to wait while the model is loading."),
});

const cohereOptionsSchema = z.strictObject({
  embedding_input_type: z
    .enum(["classification", "clustering", "image", "search_document", "search_query"])
    .default("classification")
    .describe("What the embedded texts are for."),
  wait_for_model: z.boolean().optional().describe("Accepted for compatibility; has no effect."),
  cohere_api: z
    .enum(["v1", "v2"])
    .optional()
    .describe(
      "Version of the chat API: the one that upstream_url names, else v2; v1 is for older models.",
    ),
});

/** `model.options`: tuning, coordinates of the provider, prices. Every string may be a template. */
export const modelOptionsSchema = z
  .strictObject({
    max_tokens: z.int().min(0).optional().describe("Cap on output tokens."),
    temperature: z.number().min(0).max(5).optional().describe("Sampling temperature."),
    top_p: z.number().min(0).max(1).optional().describe("Nucleus sampling mass."),
    top_k: z.int().min(0).max(500).optional().describe("How many candidates to sample from."),
    input_cost: price("Price per 1,000,000 prompt tokens."),
    output_cost: price("Price per 1,000,000 completion tokens."),
    cache_read_cost: price("Price per 1,000,000 prompt tokens read from the vendor's cache."),
    cache_write_cost: price("Price per 1,000,000 prompt tokens written to the vendor's cache."),
    cache_write_cost_list: z
      .array(
        z.strictObject({
          ttl: z.string().describe("Lifetime as the vendor names it (`5m`, `1h`)."),
          cost: z.number().describe("Price per 1,000,000 tokens written with this lifetime."),
        }),
      )
      .optional()
      .describe("Cache-write price by lifetime; wins over cache_write_cost."),
    context_window_factor: z
      .array(
        z.strictObject({
          above: z
            .string()
            .describe("Prompt tokens above which the factors hold (`200000`, `200k`, `1M`)."),
          input_factor: z.number().describe("Multiplies the price of the input."),
          output_factor: z.number().describe("Multiplies the price of the output."),
        }),
      )
      .optional()
      .describe("Price factors for long prompts; the largest `above` that is passed holds."),
    service_tier_factor: z
      .array(
        z.strictObject({
          tier: z
            .string()
            .min(1)
            .describe("Part of the tier that the vendor reports, in any case; the longest wins."),
          factor: z.number().describe("Multiplies the price of the whole request."),
        }),
      )
      .optional()
      .describe("Price factors by service tier; no match means 1."),
    embeddings_dimensions: z.int().optional().describe("Length of embedding vectors."),
    seconds: z
      .union([z.string(), z.number()])
      .optional()
      .describe("Length of a generated video, when the request names none."),
    size: templated("Size of a generated image or video, when the request names none."),
    anthropic_version: templated(
      "API version: a header for Anthropic, a body member for Claude on Bedrock and Vertex. Required for anthropic.",
    ),
    azure_instance: templated("Azure OpenAI resource: the host's first label. Required for azure."),
    azure_deployment_id: templated("Azure OpenAI deployment. Required for azure."),
    azure_api_version: z
      .string()
      .default("2023-05-15")
      .meta({ description: "Azure OpenAI `api-version`.", templated: true }),
    llama2_format: z
      .enum(["ollama", "openai", "raw"])
      .optional()
      .describe("Dialect of the upstream. Required for llama2."),
    mistral_format: z
      .enum(["ollama", "openai", "raw"])
      .optional()
      .describe("Dialect of the upstream. Required for mistral."),
    template_mode: z
      .enum(["reference", "role"])
      .optional()
      .describe(
        "How the raw dialect of llama2 writes the prompt: by the messages' roles, or by their places as the reference does; role unless set.",
      ),
    upstream_url: upstreamUrlSchema.optional().meta({
      description:
        "Full URL of the operation, instead of the provider's own. Required for self-hosted models.",
      templated: true,
    }),
    upstream_path: z.string().optional().meta({
      description: "Path instead of the operation's own. Deprecated: write the whole upstream_url.",
      templated: true,
      deprecated: true,
    }),
    bedrock: bedrockOptionsSchema.prefault({}).describe("Amazon Bedrock."),
    gemini: geminiOptionsSchema.prefault({}).describe("Gemini and Vertex."),
    huggingface: huggingfaceOptionsSchema.prefault({}).describe("Hugging Face."),
    cohere: cohereOptionsSchema.prefault({}).describe("Cohere."),
    dashscope: z
      .strictObject({
        international: z.boolean().default(true).describe("Use the international host."),
      })
      .prefault({})
      .describe("Alibaba Cloud DashScope."),
    databricks: z
      .strictObject({
        workspace_instance_id: templated("Workspace: the host's first label (`dbc-xxx-yyy`)."),
      })
      .prefault({})
      .describe("Databricks."),
  })
  .describe("Tuning, coordinates of the provider, and prices.");
