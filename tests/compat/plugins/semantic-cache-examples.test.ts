import { expect, test } from "bun:test";
import { loadText } from "../../../src/cli/source.ts";

const bearer = { header_name: "Authorization", header_value: "Bearer k" };

/** https://developer.konghq.com/plugins/ai-semantic-cache/examples/: how each kind of model and of store is written. */
const EMBEDDINGS = {
  openai: { auth: bearer, model: { provider: "openai", name: "text-embedding-3-large" } },
  mistral: {
    auth: bearer,
    model: {
      provider: "mistral",
      name: "mistral-embed",
      options: { upstream_url: "https://api.mistral.ai/v1/embeddings" },
    },
  },
  azure: {
    auth: { header_name: "api-key", header_value: "k" },
    model: {
      provider: "azure",
      name: "text-embedding-3-small",
      options: { azure: { instance: "i", api_version: "2024-10-21", deployment_id: "d" } },
    },
  },
  bedrock: {
    auth: { aws_access_key_id: "a", aws_secret_access_key: "s" },
    model: {
      provider: "bedrock",
      name: "amazon.titan-embed-text-v2:0",
      options: { bedrock: { aws_region: "eu-central-1" } },
    },
  },
  gemini: {
    auth: { param_name: "key", param_value: "k", param_location: "query" },
    model: { provider: "gemini", name: "text-embedding-004" },
  },
};

const STORES = {
  redis: { strategy: "redis", redis: { host: "redis.test", port: 6379 } },
  valkey: { strategy: "redis", redis: { host: "valkey.test", port: 6379 } },
};

const cases = Object.keys(EMBEDDINGS).flatMap((model) =>
  Object.keys(STORES).map((store) => [model, store] as const),
);

test.each(cases)(
  "vectors of %s in %s are configured as the reference's examples have it",
  (model, store) => {
    const config = {
      embeddings: EMBEDDINGS[model as keyof typeof EMBEDDINGS],
      vectordb: {
        dimensions: 3072,
        distance_metric: "cosine",
        threshold: 0.1,
        ...STORES[store as keyof typeof STORES],
      },
    };
    const file = { _format_version: "3.0", plugins: [{ name: "ai-semantic-cache", config }] };
    const result = loadText(JSON.stringify(file), "kong.yaml");
    expect("problems" in result ? result.problems : []).toEqual([]);
  },
);
