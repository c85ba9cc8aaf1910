import { describe, expect, test } from "bun:test";
import { embeddingsProblems, embeddingsSchema } from "./embeddings-schema.ts";

describe("embeddings options that could never be asked", () => {
  test.each<readonly [what: string, model: object, ...problems: string[]]>([
    ["openai needs nothing", { provider: "openai", name: "text-embedding-3-small" }],
    ["nor does local", { provider: "local", name: "all-minilm-l6-v2" }],
    [
      "local has one model",
      { provider: "local", name: "bge" },
      "'embeddings.model.name' must be all-minilm-l6-v2 for local, which has no other",
    ],
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
    expect(embeddingsProblems(embeddingsSchema.parse({ model }), 256)).toEqual(problems);
  });

  test("half a credential", () => {
    const embeddings = embeddingsSchema.parse({
      auth: { header_name: "Authorization" },
      model: { provider: "openai", name: "m" },
    });
    expect(embeddingsProblems(embeddings, 256)).toEqual([
      "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
    ]);
  });

  test("a length that the local model does not have", () => {
    const embeddings = embeddingsSchema.parse({
      model: { provider: "local", name: "all-minilm-l6-v2" },
    });
    expect(embeddingsProblems(embeddings, 64)).toEqual([]);
    expect(embeddingsProblems(embeddings, 257)).toEqual([
      "'vectordb.dimensions' must be 256 at most for local, whose vectors are no longer",
    ]);
  });
});
