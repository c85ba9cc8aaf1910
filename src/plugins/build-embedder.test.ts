import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createProcessState } from "../gateway/create-process-state.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { embeddingsSchema } from "../providers/embeddings-schema.ts";
import { buildEmbedder } from "./build-embedder.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

interface Way {
  readonly provider: string;
  readonly model: string;
  /** Of the operation, behind the lab's address. */
  readonly path: string;
  readonly options?: object;
  readonly dimensions: number;
  /** What is sent for the texts `a b` and `c`. */
  readonly sent: readonly object[];
}

const TEXTS = ["a b", "c"];
const openAi = (model: string, dimensions?: number) => [
  { model, input: TEXTS, encoding_format: "float", ...(dimensions && { dimensions }) },
];
const cohere = { texts: TEXTS, input_type: "classification", embedding_types: ["float"] };
const VERTEX = { api_endpoint: "vertex.example", project_id: "p", location_id: "l" };
const TITAN_2 = "amazon.titan-embed-text-v2:0";

const WAYS: Readonly<Record<string, Way>> = {
  openai: {
    provider: "openai",
    model: "text-embedding-3-small",
    path: "/v1/embeddings",
    dimensions: 256,
    sent: openAi("text-embedding-3-small", 256),
  },
  "openai, an older model": {
    provider: "openai",
    model: "text-embedding-ada-002",
    path: "/v1/embeddings",
    dimensions: 1536,
    sent: openAi("text-embedding-ada-002"),
  },
  azure: {
    provider: "azure",
    model: "text-embedding-3-large",
    path: "/openai/deployments/e/embeddings?api-version=2024-10-21",
    options: { azure: { instance: "i", deployment_id: "e", api_version: "2024-10-21" } },
    dimensions: 1024,
    sent: openAi("text-embedding-3-large", 1024),
  },
  mistral: {
    provider: "mistral",
    model: "mistral-embed",
    path: "/v1/embeddings",
    dimensions: 1536,
    sent: openAi("mistral-embed"),
  },
  vllm: {
    provider: "vllm",
    model: "bge-m3",
    path: "/v1/embeddings",
    dimensions: 1536,
    sent: openAi("bge-m3"),
  },
  ollama: {
    provider: "ollama",
    model: "nomic-embed-text",
    path: "/api/embed",
    dimensions: 512,
    sent: [{ model: "nomic-embed-text", input: TEXTS, dimensions: 512 }],
  },
  "ollama, in OpenAI's dialect": {
    provider: "ollama",
    model: "nomic-embed-text",
    path: "/v1/embeddings",
    dimensions: 512,
    sent: openAi("nomic-embed-text", 512),
  },
  cohere: {
    provider: "cohere",
    model: "embed-v4.0",
    path: "/v2/embed",
    options: { cohere: { embedding_input_type: "clustering" } },
    dimensions: 512,
    sent: [{ model: "embed-v4.0", ...cohere, input_type: "clustering", output_dimension: 512 }],
  },
  "bedrock (Titan 2)": {
    provider: "bedrock",
    model: TITAN_2,
    path: `/model/${encodeURIComponent(TITAN_2)}/invoke`,
    options: { bedrock: { aws_region: "eu-west-1", embeddings_normalize: true } },
    dimensions: 256,
    sent: TEXTS.map((inputText) => ({ inputText, dimensions: 256, normalize: true })),
  },
  "bedrock (Titan 1)": {
    provider: "bedrock",
    model: "amazon.titan-embed-text-v1",
    path: "/model/amazon.titan-embed-text-v1/invoke",
    options: { bedrock: { aws_region: "eu-west-1" } },
    dimensions: 1536,
    sent: TEXTS.map((inputText) => ({ inputText })),
  },
  "bedrock (Cohere 3)": {
    provider: "bedrock",
    model: "cohere.embed-english-v3",
    path: "/model/cohere.embed-english-v3/invoke",
    options: { bedrock: { aws_region: "eu-west-1" } },
    dimensions: 1536,
    sent: [cohere],
  },
  gemini: {
    provider: "gemini",
    model: "gemini-embedding-001",
    path: "/v1beta/models/gemini-embedding-001:batchEmbedContents",
    dimensions: 768,
    sent: [
      {
        requests: TEXTS.map((text) => ({
          model: "models/gemini-embedding-001",
          content: { parts: [{ text }] },
          outputDimensionality: 768,
        })),
      },
    ],
  },
  "gemini (Vertex)": {
    provider: "gemini",
    model: "text-embedding-005",
    path: "/v1/projects/p/locations/l/publishers/google/models/text-embedding-005:predict",
    options: { gemini: VERTEX },
    dimensions: 256,
    sent: [
      {
        instances: TEXTS.map((content) => ({ content })),
        parameters: { outputDimensionality: 256 },
      },
    ],
  },
  huggingface: {
    provider: "huggingface",
    model: "intfloat/multilingual-e5-large",
    path: "/hf-inference/models/intfloat/multilingual-e5-large/pipeline/feature-extraction",
    dimensions: 384,
    sent: [{ inputs: TEXTS }],
  },
};

const AUTH = { header_name: "Authorization", header_value: "Bearer sk-embed" };

function optionsOf({ provider, model, path, options = {} }: Way, traits = "") {
  const prefix = traits === "" ? "" : `/lab/${traits}`;
  return embeddingsSchema.parse({
    auth: AUTH,
    model: {
      provider,
      name: model,
      options: { ...options, upstream_url: `${lab.url}${prefix}${path}` },
    },
  });
}

interface Extra {
  readonly traits?: string;
  readonly dimensions?: number;
  readonly timeoutMs?: number;
}

function built(name: string, extra: Extra = {}) {
  const way = WAYS[name];
  if (!way) throw new Error(`no way ${name}`);
  const { traits = "", dimensions = way.dimensions, timeoutMs } = extra;
  const embeddings = optionsOf(way, traits);
  const source = { embeddings, dimensions, ...(timeoutMs !== undefined && { timeoutMs }) };
  return buildEmbedder(source, createProcessState()).value;
}

const bodies = () => lab.requests.map(({ body }): unknown => JSON.parse(body));

describe("an embedder of the embeddings options", () => {
  test.each(Object.entries(WAYS))(
    "%s: asked as the vendor wants it, with the credential, and for the length where it takes that",
    async (name, { provider, model, path, dimensions, sent }) => {
      const embedder = built(name);
      expect(embedder).toMatchObject({ provider, model, dimensions });
      const { vectors, promptTokens, asked, latencyMs } = await embedder.embed(TEXTS);
      expect(vectors.map(({ length }) => length)).toEqual([dimensions, dimensions]);
      expect(vectors[0]).not.toEqual(vectors[1]);
      expect([promptTokens, asked]).toEqual([3, 2]);
      expect(latencyMs).toBeGreaterThan(0);
      expect(bodies()).toEqual([...sent]);
      expect(new Set(lab.requests.map(({ target }) => target))).toEqual(new Set([path]));
      expect(lab.requests[0]?.headers.get("authorization")).toBe(AUTH.header_value);
    },
  );

  test.each(["mistral", "openai, an older model", "bedrock (Titan 1)", "huggingface"])(
    "%s: a vector of another length is a failure",
    async (name) => {
      await expect(built(name, { dimensions: 257 }).embed(["a"])).rejects.toMatchObject({
        code: "unavailable",
        message: `the embedding model gave no vectors: it gave a vector of ${WAYS[name]?.dimensions} numbers in place of 257`,
      });
    },
  );

  test("a list that is longer than the vendor takes is asked for in parts", async () => {
    const texts = Array.from({ length: 100 }, (_, at) => `text ${at}`);
    const { vectors } = await built("cohere").embed(texts);
    expect(lab.requests).toHaveLength(2);
    const { vectors: last } = await built("cohere").embed(["text 99"]);
    expect(vectors[99]).toEqual(last[0] ?? new Float32Array(0));
  });

  test("each text is asked for once, together with the others, and its vector is kept", async () => {
    const embedder = built("openai");
    const first = await embedder.embed(["a", "b", "a"]);
    expect(first.vectors[0]).toBe(first.vectors[2]);
    const second = await embedder.embed(["b", "c"]);
    expect(second.vectors[0]).toBe(first.vectors[1]);
    expect(await embedder.embed(["c", "a"])).toMatchObject({ asked: 0, promptTokens: 0 });
    expect(bodies()).toMatchObject([{ input: ["a", "b"] }, { input: ["c"] }]);
  });

  test("equal options share one until the last lets go", async () => {
    const processState = createProcessState();
    const way = WAYS["openai"] as Way;
    const build = () =>
      buildEmbedder({ embeddings: optionsOf(way), dimensions: 256 }, processState);
    const [one, other] = [build(), build()];
    expect(other.value).toBe(one.value);
    one.release();
    expect(build().value).toBe(one.value);
  });

  test.each(["429", "500", "503"])("%s is worth one more attempt, and no third", async (status) => {
    await expect(built("openai", { traits: status }).embed(["a"])).rejects.toThrow(
      `it answered with status ${status}`,
    );
    expect(lab.requests).toHaveLength(2);
  });

  test("a vendor that has recovered by then gives its vectors", async () => {
    const { vectors } = await built("openai", { traits: "fail-first" }).embed(["a"]);
    expect(vectors).toHaveLength(1);
    expect(lab.requests).toHaveLength(2);
  });

  test("a refusal is not", async () => {
    await expect(built("cohere", { traits: "401" }).embed(["a"])).rejects.toThrow(
      "it answered with status 401",
    );
    expect(lab.requests).toHaveLength(1);
  });

  test.each(["stall-headers", "stall"])(
    "a vendor that does not answer in time: %s",
    async (traits) => {
      const embedder = built("openai", { traits, timeoutMs: 20 });
      await expect(embedder.embed(["a"])).rejects.toMatchObject({
        code: "unavailable",
        message: "the embedding model gave no vectors: no answer in 20 ms",
      });
    },
  );

  test("who asked may give up", async () => {
    const giving = new AbortController();
    const waiting = built("openai", { traits: "stall-headers" }).embed(["a"], giving.signal);
    await lab.waitForRequest();
    giving.abort();
    await expect(waiting).rejects.toMatchObject({ code: "client_aborted" });
    expect(lab.requests).toHaveLength(1);
  });

  test("what a vendor repeats of the credential is in no error", async () => {
    const error = await built("openai", { traits: "echo-key" })
      .embed(["a"])
      .catch((cause: unknown) => cause);
    expect(Bun.inspect(error)).not.toContain("sk-embed");
  });

  test("nobody at the address", async () => {
    const embeddings = embeddingsSchema.parse({
      model: {
        provider: "vllm",
        name: "m",
        options: { upstream_url: "http://127.0.0.1:1/v1/embeddings" },
      },
    });
    const { value } = buildEmbedder({ embeddings, dimensions: 4 }, createProcessState());
    await expect(value.embed(["a"])).rejects.toMatchObject({ code: "unavailable" });
  });
});
