import { z } from "zod";
import { isHeaderName, isHeaderValue } from "../framing/header-map.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import { LLM_FORMATS, ROUTE_TYPES } from "./operations.ts";

const referenceable = (description: string, schema = z.string()) =>
  schema.optional().meta({ description, referenceable: true });

const secret = (description: string, schema = z.string()) =>
  schema.optional().meta({ description, referenceable: true, secret: true });

/** Empty is unset. */
const headerName = z
  .string()
  .refine(
    (name) => name === "" || isHeaderName(name),
    "a header's name holds letters, digits and the characters ! # $ % & ' * + - . ^ _ ` | ~",
  );

const headerValue = z
  .string()
  .refine(
    isHeaderValue,
    "a header's value holds no line breaks or other control characters, and none beyond Latin-1",
  );

/** How a target proves who is calling: a static header or parameter, or a cloud identity. */
export const authSchema = z
  .strictObject({
    header_name: referenceable(
      "Header that carries the credential; set together with header_value.",
      headerName,
    ),
    header_value: secret(
      "The whole header value, scheme word included (`Bearer sk-…`); set together with header_name.",
      headerValue,
    ),
    param_name: referenceable(
      "Query parameter or body member that carries the credential; the three param_ fields go together.",
    ),
    param_value: secret("Value of the parameter; the three param_ fields go together."),
    param_location: z
      .enum(["query", "body"])
      .optional()
      .describe("Where the parameter goes; the three param_ fields go together."),
    allow_override: z
      .boolean()
      .default(false)
      .describe(
        "Whether a credential that the client sends in the same place wins over the configured one. Must stay false for bedrock and gemini.",
      ),
    azure_use_managed_identity: z
      .boolean()
      .default(false)
      .describe("Take a token from the Azure identity of the host."),
    azure_client_id: referenceable(
      "User-assigned identity, or application id of a service principal.",
    ),
    azure_client_secret: secret("Secret of the service principal (client-credentials flow)."),
    azure_tenant_id: referenceable("Microsoft Entra tenant of the service principal."),
    aws_access_key_id: secret("IAM access key; wins over the environment's AWS_ACCESS_KEY_ID."),
    aws_secret_access_key: secret(
      "IAM secret key; wins over the environment's AWS_SECRET_ACCESS_KEY.",
    ),
    gcp_use_service_account: z
      .boolean()
      .default(false)
      .describe("Ask Google for an OAuth token with a service account."),
    gcp_service_account_json: secret(
      "The service account's JSON key file, as text; otherwise the environment's GCP_SERVICE_ACCOUNT.",
    ),
    gcp_metadata_url: referenceable("Metadata endpoint to use instead of Google's."),
    gcp_oauth_token_url: referenceable("Token endpoint to use instead of Google's."),
  })
  .describe("Credentials for the upstream.");

export const PROVIDER_NAMES = [
  "anthropic",
  "azure",
  "bedrock",
  "cerebras",
  "cohere",
  "dashscope",
  "databricks",
  "deepseek",
  "gemini",
  "huggingface",
  "llama2",
  "local",
  "mistral",
  "ollama",
  "openai",
  "vllm",
  "xai",
] as const;

/** For options of plugins that read prompts. */
export const llmFormatSchema = z
  .enum(LLM_FORMATS)
  .default("openai")
  .describe("The dialect that clients speak.");

/** Coarse labels of the traffic, for analytics. */
export const GENAI_CATEGORIES = [
  "text/generation",
  "text/embeddings",
  "audio/speech",
  "audio/transcription",
  "image/generation",
  "video/generation",
  "realtime/generation",
] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];
export type TargetConfig = z.output<typeof targetSchema>;

export const routeTypeSchema = z
  .enum([...ROUTE_TYPES, "llm/v1/multimodal-embeddings"])
  .describe("The operation that is performed.");

export const modelSchema = z
  .strictObject({
    provider: z.enum(PROVIDER_NAMES).describe("The vendor: endpoint, dialect and quirks."),
    name: z.string().optional().meta({
      description: "Model to call; when unset, the one that the client names.",
      templated: true,
    }),
    model: z.string().optional().meta({ description: "Other spelling of name.", templated: true }),
    model_alias: z
      .string()
      .optional()
      .describe("What clients may name instead of the model's own name."),
    metadata: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("More options, used where `options` does not set them."),
    options: modelOptionsSchema.prefault({}),
  })
  .describe("The model, and how to reach it.");

const loggingSchema = z
  .strictObject({
    log_statistics: z
      .boolean()
      .default(false)
      .describe("Put model, tokens, latency and cost in logs and metrics."),
    log_payloads: z
      .boolean()
      .default(false)
      .describe("Put request and response bodies in logs, and in traces."),
  })
  .describe("What is logged of a call.");

/**
 * One LLM definition: a proxy has one, a balancer several. Each field carries its description and
 * its flags (`secret`, `referenceable`, `templated`) as zod metadata on its outermost schema.
 */
export const targetSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, "a name holds letters, digits, and . _ -")
    .optional()
    .describe(
      "What the target is called in logs, metrics, headers and error messages, to tell it from others of its provider; the provider's name unless set.",
    ),
  route_type: routeTypeSchema,
  auth: authSchema.prefault({}),
  model: modelSchema,
  logging: loggingSchema.prefault({}),
});
