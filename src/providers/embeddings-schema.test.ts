import { describe, expect, test } from "bun:test";
import { embeddingsProblems, embeddingsSchema } from "./embeddings-schema.ts";

describe("embeddings options that could never be asked", () => {
  test.each<readonly [what: string, model: object, ...problems: string[]]>([
    ["openai needs nothing", { provider: "openai", name: "text-embedding-3-small" }],
    [
      "nor does bedrock, whose region may be the environment's",
      { provider: "bedrock", name: "amazon.titan-embed-text-v2:0" },
    ],
    [
      "azure without coordinates",
      { provider: "azure", name: "m" },
      "must set 'embeddings.model.options.azure.instance' and 'embeddings.model.options.azure.deployment_id' for azure, or 'embeddings.model.options.upstream_url'",
    ],
    [
      "a server of one's own without its address",
      { provider: "ollama", name: "m" },
      "must set 'embeddings.model.options.upstream_url' for ollama: the whole URL of its embeddings",
    ],
    [
      "a model that makes none",
      { provider: "bedrock", name: "anthropic.claude" },
      "model anthropic.claude on Bedrock is not built yet for embeddings: amazon.titan-embed-text and cohere.embed models are",
    ],
    [
      "a template",
      {
        provider: "vllm",
        name: "m",
        options: { upstream_url: "http://$(headers.x)/v1/embeddings" },
      },
      "'embeddings' holds a template, and there is no call to fill it in from",
    ],
  ])("%s", (_, model, ...problems) => {
    expect(embeddingsProblems(embeddingsSchema.parse({ model }))).toEqual(problems);
  });

  test("half a credential", () => {
    const embeddings = embeddingsSchema.parse({
      auth: { header_name: "Authorization" },
      model: { provider: "openai", name: "m" },
    });
    expect(embeddingsProblems(embeddings)).toEqual([
      "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
    ]);
  });
});
