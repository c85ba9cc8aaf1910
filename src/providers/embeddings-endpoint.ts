import type { EmbeddingsOptions } from "./embeddings-schema.ts";

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
