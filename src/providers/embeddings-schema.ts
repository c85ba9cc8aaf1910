import { z } from "zod";
import { authSchema } from "./auth-schema.ts";
import { upstreamUrlSchema } from "./upstream-url-schema.ts";

export const EMBEDDING_PROVIDERS = [
  "azure",
  "bedrock",
  "cohere",
  "gemini",
  "huggingface",
  "mistral",
  "ollama",
  "openai",
  "vllm",
] as const;

const text = (description: string) => z.string().optional().describe(description);

/** Which model turns text into vectors, and how to reach it. */
export const embeddingsSchema = z
  .strictObject({
    auth: authSchema.prefault({}),
    model: z
      .strictObject({
        provider: z.enum(EMBEDDING_PROVIDERS).describe("The vendor of the embedding model."),
        name: z.string().describe("The embedding model."),
        options: z
          .strictObject({
            upstream_url: upstreamUrlSchema
              .optional()
              .describe("The whole URL to call in place of the vendor's own."),
            azure: z
              .strictObject({
                instance: text("Azure OpenAI resource."),
                api_version: z.string().default("2023-05-15").describe("Azure's api-version."),
                deployment_id: text("Azure OpenAI deployment."),
              })
              .prefault({})
              .describe("For azure."),
            bedrock: z.record(z.string(), z.unknown()).optional().describe("For bedrock."),
            gemini: z
              .strictObject({
                api_endpoint: text("Vertex host."),
                project_id: text("Google Cloud project."),
                location_id: text("Google Cloud location."),
              })
              .optional()
              .describe("For gemini on Vertex."),
            huggingface: z
              .strictObject({
                use_cache: z.boolean().optional().describe("Let the vendor answer from its cache."),
                wait_for_model: z.boolean().optional().describe("Wait while the model is loaded."),
              })
              .optional()
              .describe("For huggingface."),
          })
          .prefault({})
          .describe("Where the model is."),
      })
      .describe("The embedding model."),
  })
  .describe("The model that turns prompts and descriptions into vectors.");

export type EmbeddingsOptions = z.output<typeof embeddingsSchema>;
