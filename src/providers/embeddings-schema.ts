import { z } from "zod";
import { LOCAL_DIMENSIONS, LOCAL_MODEL } from "./local-embeddings.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import { PROVIDERS } from "./registry.ts";
import { targetChecks, unservedOperation } from "./target-checks.ts";
import { authSchema, type TargetConfig } from "./target-schema.ts";
import { hasTemplate } from "./templates.ts";

const EMBEDDING_PROVIDERS = [
  "azure",
  "bedrock",
  "cohere",
  "gemini",
  "huggingface",
  "local",
  "mistral",
  "ollama",
  "openai",
  "vllm",
] as const;

const { shape } = modelOptionsSchema;
const text = (description: string) => z.string().optional().describe(description);

/**
 * The `embeddings` group of every plugin that compares by meaning: which model turns text into vectors,
 * and how to reach it. `embeddingsProblems` says what else must hold where it is used, and
 * `buildEmbedder` makes an embedder of it.
 */
export const embeddingsSchema = z
  .strictObject({
    auth: authSchema.prefault({}),
    model: z
      .strictObject({
        provider: z
          .enum(EMBEDDING_PROVIDERS)
          .describe(
            "The vendor of the embedding model; `local` is the one in the package, which needs no account.",
          ),
        name: z.string().min(1).describe("The embedding model."),
        options: z
          .strictObject({
            upstream_url: shape.upstream_url
              .unwrap()
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
            bedrock: shape.bedrock,
            cohere: shape.cohere,
            gemini: shape.gemini,
            huggingface: shape.huggingface,
          })
          .prefault({})
          .describe("Where the model is."),
      })
      .describe("The embedding model."),
  })
  .describe("The model that turns prompts and descriptions into vectors.");

export type EmbeddingsOptions = z.output<typeof embeddingsSchema>;

/** The model as any other target is written. */
export function embeddingsTarget({ auth, model }: EmbeddingsOptions): TargetConfig {
  const { provider, name, options } = model;
  const { azure, upstream_url, ...vendors } = options;
  return {
    route_type: "llm/v1/embeddings",
    auth,
    model: {
      provider,
      name,
      options: modelOptionsSchema.parse({
        ...vendors,
        upstream_url,
        azure_instance: azure.instance,
        azure_deployment_id: azure.deployment_id,
        azure_api_version: azure.api_version,
        // Mistral's own platform speaks no other dialect.
        ...(provider === "mistral" && { mistral_format: "openai" }),
      }),
    },
    logging: { log_statistics: false, log_payloads: false },
  };
}

/** Why a model could never give such vectors, in sentences about `config.embeddings`; none where it could. */
export function embeddingsProblems(
  embeddings: EmbeddingsOptions,
  dimensions: number,
): readonly string[] {
  const { provider, options } = embeddings.model;
  const { upstream_url: url, azure } = options;
  const target = embeddingsTarget(embeddings);
  if (provider === "local") return localProblems(embeddings.model.name, dimensions);
  const problems = targetChecks(target, { llmFormat: "openai" })
    .map(({ message }) => message)
    // Azure's coordinates are spelled otherwise here.
    .filter((message) => !message.includes("azure_"));
  if (provider === "azure" && !url && !(azure.instance && azure.deployment_id)) {
    problems.push(
      "must set 'embeddings.model.options.azure.instance' and 'embeddings.model.options.azure.deployment_id' for azure, or 'embeddings.model.options.upstream_url'",
    );
  } else if (!url && isNowhere(target)) {
    problems.push(
      `must set 'embeddings.model.options.upstream_url' for ${provider}: the whole URL of its embeddings`,
    );
  }
  if (hasTemplate(JSON.stringify(embeddings))) {
    problems.push("'embeddings' holds a template, and there is no call to fill it in from");
  }
  const unserved = unservedOperation(target);
  if (unserved) problems.push(unserved);
  return problems;
}

function localProblems(name: string, dimensions: number): readonly string[] {
  const problems: string[] = [];
  if (name !== LOCAL_MODEL) {
    problems.push(`'embeddings.model.name' must be ${LOCAL_MODEL} for local, which has no other`);
  }
  if (dimensions > LOCAL_DIMENSIONS) {
    problems.push(
      `'vectordb.dimensions' must be ${LOCAL_DIMENSIONS} at most for local, whose vectors are no longer`,
    );
  }
  return problems;
}

/** The environment may still say in which region Bedrock is. */
function isNowhere({ model: { provider, options } }: TargetConfig): boolean {
  return provider !== "bedrock" && PROVIDERS[provider].origin(options) === undefined;
}
