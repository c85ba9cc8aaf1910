import { z } from "zod";
import { upstreamUrlSchema } from "./model-options-schema.ts";
import { authSchema } from "./target-schema.ts";

const EMBEDDING_PROVIDERS = [
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

/** Where an embedding model is asked, in OpenAI's dialect. */
export interface EmbeddingsEndpoint {
  readonly url: string;
  /** With the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  /** Whether the length of the vectors can be asked for. */
  readonly sendsDimensions: boolean;
}

const ENDPOINTS: Readonly<Partial<Record<EmbeddingsOptions["model"]["provider"], string>>> = {
  openai: "https://api.openai.com/v1/embeddings",
  mistral: "https://api.mistral.ai/v1/embeddings",
};

/** Why an embedding model cannot be asked by this version; undefined when it can. */
export function unsupportedEmbeddings({ auth, model }: EmbeddingsOptions): string | undefined {
  const { provider } = model;
  switch (provider) {
    case "openai":
    case "mistral":
      break;
    case "azure":
    case "ollama":
    case "vllm":
      if (model.options.upstream_url) break;
      return `must set 'embeddings.model.options.upstream_url' for ${provider}: the whole URL of its OpenAI-style embeddings`;
    case "bedrock":
    case "cohere":
    case "gemini":
    case "huggingface":
      return `embeddings of ${provider} are not built yet: use a model that speaks OpenAI's embeddings`;
  }
  const isHeader = Boolean(auth.header_name && auth.header_value);
  if (auth.param_name && !isHeader) {
    return "a credential for embeddings in a parameter is not built yet: use a header";
  }
  return undefined;
}

export function embeddingsEndpoint({ auth, model }: EmbeddingsOptions): EmbeddingsEndpoint {
  const { header_name: name, header_value: value } = auth;
  // Of these vendors' models only the third generation gives vectors of any length.
  const takesDimensions = model.provider === "openai" || model.provider === "azure";
  return {
    url: model.options.upstream_url ?? ENDPOINTS[model.provider] ?? "",
    headers: name && value ? { [name.toLowerCase()]: value } : {},
    model: model.name,
    sendsDimensions: takesDimensions && model.name.startsWith("text-embedding-3"),
  };
}
