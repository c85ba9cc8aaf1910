import type { ProviderName } from "./target-schema.ts";

/** Models that give vectors of the length that is asked for, and the member that asks where it is not OpenAI's. */
interface Shortening {
  readonly models: RegExp;
  readonly member?: string;
}

/** By what the vendors say of their models; whoever is not here is not asked. */
const SHORTENING: Readonly<Partial<Record<ProviderName, Shortening>>> = {
  /** https://platform.openai.com/docs/guides/embeddings; deployments are named as people like. */
  openai: { models: /text-embedding-3/ },
  azure: { models: /text-embedding-3/ },
  /** https://docs.cohere.com/reference/embed#request.body.output_dimension */
  cohere: { models: /embed-v4/ },
  /** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
  bedrock: { models: /titan-embed-text-v2|cohere\.embed-v4/ },
  /** https://cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings */
  gemini: { models: /gemini-embedding|text-embedding-00[4-9]|text-multilingual-embedding/ },
  /** https://docs.ollama.com/api/embed: any model's vectors are cut, and made of length 1 again. */
  ollama: { models: /^/ },
  /** https://docs.mistral.ai/capabilities/embeddings/code_embeddings/ */
  mistral: { models: /codestral-embed/, member: "output_dimension" },
};

/**
 * The member of a request in OpenAI's dialect that says how long the vectors are to be, for a model that
 * heeds one; undefined where its vectors have one length, and it may refuse to be asked for another.
 */
export function dimensionsMember(provider: ProviderName, model: string): string | undefined {
  const shortening = SHORTENING[provider];
  return shortening?.models.test(model) ? (shortening.member ?? "dimensions") : undefined;
}
