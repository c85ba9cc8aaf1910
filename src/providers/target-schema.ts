import { z } from "zod";
import { authSchema } from "./auth-schema.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import { LLM_FORMATS, ROUTE_TYPES } from "./operations.ts";

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
export type GenaiCategory = (typeof GENAI_CATEGORIES)[number];
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

export const loggingSchema = z
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
