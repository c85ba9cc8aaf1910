import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { proxies, startGateway } from "../../gateway.ts";

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
  /** Most texts in one upstream request; absent where a list is never parted. */
  readonly most?: number;
  /** What is sent upstream for the texts `a b` and `c`. */
  readonly sent: object | readonly object[];
  readonly usage: "counted" | "estimated";
}

const VERTEX = {
  gemini: { api_endpoint: "vertex.example", project_id: "p", location_id: "us-central1" },
};
const VERTEX_MODELS = "/v1/projects/p/locations/us-central1/publishers/google/models";
const TITAN_V1 = "amazon.titan-embed-text-v1";
const TITAN_V2 = "amazon.titan-embed-text-v2:0";
const BEDROCK = { bedrock: { aws_region: "eu-west-1" } };
const TEXTS = ["a b", "c"];
const openAi = (model: string) => ({ input: TEXTS, model, encoding_format: "float" });
const cohere = {
  texts: TEXTS,
  input_type: "classification",
  embedding_types: ["float"],
};

const WAYS: Readonly<Record<string, Way>> = {
  openai: {
    provider: "openai",
    model: "text-embedding-3-small",
    path: "/v1/embeddings",
    sent: openAi("text-embedding-3-small"),
    usage: "counted",
  },
  azure: {
    provider: "azure",
    model: "text-embedding-3-small",
    path: "/openai/deployments/e/embeddings",
    options: { azure_instance: "i", azure_deployment_id: "e" },
    sent: openAi("text-embedding-3-small"),
    usage: "counted",
  },
  mistral: {
    provider: "mistral",
    model: "mistral-embed",
    path: "/v1/embeddings",
    options: { mistral_format: "openai" },
    sent: openAi("mistral-embed"),
    usage: "counted",
  },
  dashscope: {
    provider: "dashscope",
    model: "text-embedding-v4",
    path: "/compatible-mode/v1/embeddings",
    sent: openAi("text-embedding-v4"),
    usage: "counted",
  },
  "llama2 (openai)": {
    provider: "llama2",
    model: "llama",
    path: "/v1/embeddings",
    options: { llama2_format: "openai" },
    sent: openAi("llama"),
    usage: "counted",
  },
  "llama2 (ollama)": {
    provider: "llama2",
    model: "llama",
    path: "/api/embed",
    options: { llama2_format: "ollama" },
    sent: { model: "llama", input: TEXTS },
    usage: "counted",
  },
  vllm: {
    provider: "vllm",
    model: "bge-m3",
    path: "/v1/embeddings",
    sent: openAi("bge-m3"),
    usage: "counted",
  },
  ollama: {
    provider: "ollama",
    model: "nomic-embed-text",
    path: "/api/embed",
    sent: { model: "nomic-embed-text", input: TEXTS },
    usage: "counted",
  },
  cohere: {
    provider: "cohere",
    model: "embed-v4.0",
    path: "/v2/embed",
    most: 96,
    sent: { model: "embed-v4.0", ...cohere },
    usage: "counted",
  },
  "bedrock (Titan 1)": {
    provider: "bedrock",
    model: TITAN_V1,
    path: `/model/${TITAN_V1}/invoke`,
    options: BEDROCK,
    most: 1,
    sent: [{ inputText: "a b" }, { inputText: "c" }],
    usage: "counted",
  },
  "bedrock (Titan 2)": {
    provider: "bedrock",
    model: TITAN_V2,
    path: `/model/${encodeURIComponent(TITAN_V2)}/invoke`,
    options: { bedrock: { aws_region: "eu-west-1", embeddings_normalize: true } },
    most: 1,
    sent: [
      { inputText: "a b", normalize: true },
      { inputText: "c", normalize: true },
    ],
    usage: "counted",
  },
  "bedrock (Cohere)": {
    provider: "bedrock",
    model: "eu.cohere.embed-v4:0",
    path: "/model/eu.cohere.embed-v4%3A0/invoke",
    options: { ...BEDROCK, cohere: { embedding_input_type: "search_document" } },
    most: 96,
    sent: { ...cohere, input_type: "search_document" },
    usage: "counted",
  },
  gemini: {
    provider: "gemini",
    model: "gemini-embedding-001",
    path: "/v1beta/models/gemini-embedding-001:batchEmbedContents",
    most: 100,
    sent: {
      requests: TEXTS.map((text) => ({
        model: "models/gemini-embedding-001",
        content: { parts: [{ text }] },
      })),
    },
    usage: "estimated",
  },
  "gemini (Vertex)": {
    provider: "gemini",
    model: "text-embedding-005",
    path: `${VERTEX_MODELS}/text-embedding-005:predict`,
    options: VERTEX,
    most: 250,
    sent: { instances: [{ content: "a b" }, { content: "c" }] },
    usage: "counted",
  },
  "gemini (Vertex, Gemini's own)": {
    provider: "gemini",
    model: "gemini-embedding-001",
    path: `${VERTEX_MODELS}/gemini-embedding-001:predict`,
    options: VERTEX,
    most: 1,
    sent: [{ instances: [{ content: "a b" }] }, { instances: [{ content: "c" }] }],
    usage: "counted",
  },
  huggingface: {
    provider: "huggingface",
    model: "intfloat/multilingual-e5-large",
    path: "/hf-inference/models/intfloat/multilingual-e5-large/pipeline/feature-extraction",
    most: 32,
    sent: { inputs: TEXTS },
    usage: "estimated",
  },
};

const NAMES = Object.keys(WAYS);
const wayOf = (name: string): Way => {
  const way = WAYS[name];
  if (!way) throw new Error(`no way ${name}`);
  return way;
};
const isOpenAi = (name: string) => "encoding_format" in wayOf(name).sent;

interface Extra {
  readonly traits?: string;
  readonly options?: object;
  readonly config?: object;
}

/** Keys go to Bedrock as its API keys, so that nothing is signed. */
function start(name: string, { traits = "", options = {}, config = {} }: Extra = {}) {
  const { provider, model, path, options: own = {} } = wayOf(name);
  const prefix = traits === "" ? "" : `/lab/${traits}`;
  return startGateway(
    proxies({
      route_type: "llm/v1/embeddings",
      auth: { header_name: "Authorization", header_value: "Bearer k" },
      logging: { log_statistics: true },
      ...config,
      model: {
        provider,
        name: model,
        options: {
          ...own,
          input_cost: 100_000,
          output_cost: 100_000,
          upstream_url: `${lab.url}${prefix}${path}`,
          ...options,
        },
      },
    }),
  );
}

type Gateway = Awaited<ReturnType<typeof start>>;

const sdk = ({ url }: Gateway) =>
  new OpenAI({ apiKey: "client", baseURL: `${url}/ai`, maxRetries: 0 });

async function vectors(gateway: Gateway, input: OpenAI.EmbeddingCreateParams["input"]) {
  const answer = await sdk(gateway).post<OpenAI.CreateEmbeddingResponse>("", {
    body: { input, encoding_format: "float" },
  });
  return answer.data.map(({ embedding }) => embedding);
}

const bodies = () => lab.requests.map(({ body }): unknown => JSON.parse(body));
const near = (one: readonly number[] = [], other: readonly number[] = []) =>
  one.length === other.length &&
  one.every((value, at) => Math.abs(value - (other[at] ?? 9)) < 1e-6);

describe("embeddings", () => {
  test.each(NAMES)(
    "%s: the texts go as the vendor wants them, a vector comes for each",
    async (name) => {
      const { sent, model, usage, provider } = wayOf(name);
      await using gateway = await start(name);
      const answer = await gateway.post("/ai", { input: TEXTS, encoding_format: "float" });
      expect([answer.status, answer.headers.get("content-type")?.split(";")[0]]).toEqual([
        200,
        "application/json",
      ]);
      expect(answer.headers.get("x-kong-llm-model")).toBe(`${provider}/${model}`);
      const body = (await answer.json()) as OpenAI.CreateEmbeddingResponse;
      expect(body).toMatchObject({
        object: "list",
        data: [
          { object: "embedding", index: 0 },
          { object: "embedding", index: 1 },
        ],
      });
      expect(bodies()).toEqual(Array.isArray(sent) ? sent : [sent]);
      expect(lab.requests.every(({ method }) => method === "POST")).toBe(true);
      expect(body.usage).toEqual({
        prompt_tokens: 3,
        total_tokens: 3,
        ...(usage === "estimated" && { estimated: true }),
      } as typeof body.usage);
      const record = await gateway.record(1);
      expect(record.ai?.proxy).toMatchObject({
        meta: { provider_name: provider, request_model: model, request_mode: "oneshot" },
        usage: { prompt_tokens: 3, completion_tokens: 0, total_tokens: 3, cost: 0.3 },
      });
      // However many requests the vendor needed, the target was tried once.
      expect(record.ai?.proxy?.["tried_targets"]).toHaveLength(1);
    },
  );

  test.each(NAMES)("%s: one text, and the base64 that SDKs ask for", async (name) => {
    await using gateway = await start(name);
    const client = new OpenAI({ apiKey: "client", baseURL: `${gateway.url}/ai`, maxRetries: 0 });
    const [plain] = await vectors(gateway, "a b");
    const encoded = await client.post<OpenAI.CreateEmbeddingResponse>("", {
      body: { input: "a b", encoding_format: "base64" },
    });
    const text = encoded.data[0]?.embedding as unknown as string;
    const bytes = Buffer.from(text, "base64");
    const floats = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    expect(near(plain, floats)).toBe(true);
  });

  test.each(NAMES.filter((name) => wayOf(name).most !== undefined))(
    "%s: a list longer than the vendor takes is parted, and comes back whole and in order",
    async (name) => {
      const { most = 0 } = wayOf(name);
      const count = most === 1 ? 19 : most + 3;
      const texts = Array.from({ length: count }, (_, at) => `text number ${at}`);
      await using gateway = await start(name);
      const all = await vectors(gateway, texts);
      expect(all).toHaveLength(count);
      expect(lab.requests).toHaveLength(Math.ceil(count / most));
      const [last] = await vectors(gateway, texts.at(-1) ?? "");
      expect(near(all.at(-1), last)).toBe(true);
    },
  );

  test("a length that is asked for, and one that is configured", async () => {
    const seats: Readonly<Record<string, string>> = {
      openai: "dimensions",
      cohere: "output_dimension",
      ollama: "dimensions",
      "bedrock (Titan 2)": "dimensions",
      "bedrock (Cohere)": "output_dimension",
    };
    for (const [name, seat] of Object.entries(seats)) {
      lab.reset();
      await using free = await start(name);
      await free.post("/ai", { input: "a", dimensions: 512 });
      await using pinned = await start(name, { options: { embeddings_dimensions: 256 } });
      await pinned.post("/ai", { input: "a", dimensions: 512 });
      const lengths = bodies().map((body) => (body as Record<string, unknown>)[seat]);
      expect([name, ...lengths]).toEqual([name, 512, 256]);
    }
    lab.reset();
    await using gemini = await start("gemini", { options: { embeddings_dimensions: 256 } });
    await gemini.post("/ai", { input: "a" });
    await using vertex = await start("gemini (Vertex)", {
      options: { embeddings_dimensions: 256 },
    });
    await vertex.post("/ai", { input: "a" });
    expect(bodies()).toMatchObject([
      { requests: [{ outputDimensionality: 256 }] },
      { parameters: { outputDimensionality: 256 } },
    ]);
  });

  test.each(["bedrock (Titan 1)", "huggingface"])(
    "%s: vectors have one length there, and that is told, or refused by a strict route",
    async (name) => {
      await using lenient = await start(name);
      const told = await lenient.post("/ai", { input: "a", dimensions: 256, user: "u" });
      expect([told.status, told.headers.get("x-dragoman-notices")]).toEqual([
        200,
        "dropped dimensions, dropped user",
      ]);
      await using strict = await start(name, { config: { fidelity: "strict" } });
      const refused = await strict.post("/ai", { input: "a", dimensions: 256 });
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain("dimensions would be dropped");
    },
  );

  test.each(NAMES.filter((name) => !isOpenAi(name)))(
    "%s: token ids are sent as the text that they stand for",
    async (name) => {
      await using gateway = await start(name);
      // OpenAI's cl100k_base, as its own client library counts: https://github.com/openai/tiktoken
      for (const [input, texts] of [
        [[15339, 1917], ["hello world"]],
        [
          [[15339], [1917]],
          ["hello", " world"],
        ],
        [
          ["a", [15339]],
          ["a", "hello"],
        ],
      ] as const) {
        lab.reset();
        const response = await gateway.post("/ai", { input });
        expect(response.status, await response.clone().text()).toBe(200);
        expect(response.headers.get("x-dragoman-notices")).toBeNull();
        expect(((await response.json()) as { data: unknown[] }).data).toHaveLength(texts.length);
        const sent = lab.requests.map(({ body }) => body).join("");
        for (const text of texts) expect(sent).toContain(JSON.stringify(text));
      }
    },
  );

  test("token ids that mean nothing are refused by their place, and so are too many", async () => {
    await using gateway = await start("ollama");
    for (const [input, param, words] of [
      [[1, 2_000_000], "input", "does not have"],
      [[[1], [-1]], "input[1]", "does not have"],
      [[[1], [1.5]], "input[1]", "whole numbers"],
      [[["a"]], "input[0]", "whole numbers"],
      [["a", 7], "input[1]", "must be a string"],
      [Array(300_001).fill(1), "input", "300000"],
    ] as const) {
      const refused = await gateway.post("/ai", { input });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: { param, message: expect.stringContaining(words) },
      });
    }
    expect(lab.requests).toEqual([]);
  });

  test.each(NAMES.filter(isOpenAi))(
    "%s: token ids, unknown members and the client's bytes go through, as the answer's do",
    async (name) => {
      await using gateway = await start(name, { traits: "lenient" });
      for (const input of [
        [1, 2, 3],
        [[1], [2]],
      ]) {
        expect(await vectors(gateway, input as number[])).toHaveLength(input[0] === 1 ? 1 : 2);
      }
      const { model } = wayOf(name);
      const written = `{ "model": "${model}",  "input": "a", "novel": {"x": [] } }`;
      await gateway.post("/ai", written);
      expect(lab.requests.at(-1)?.body).toBe(written);
    },
  );

  test("a vendor that gives numbers where base64 was asked for is put right", async () => {
    await using gateway = await start("vllm", { traits: "lenient" });
    const answer = await gateway.post("/ai", { input: "a", encoding_format: "base64" });
    const { data, usage } = (await answer.json()) as OpenAI.CreateEmbeddingResponse;
    expect(typeof data[0]?.embedding).toBe("string");
    expect(usage).toEqual({ prompt_tokens: 1, total_tokens: 1 });
  });

  test("what a vendor's own dialect has beside OpenAI's is taken", async () => {
    await using ofCohere = await start("cohere");
    await ofCohere.post("/ai", { input: "a", input_type: "search_query", truncate: "END" });
    await using ofGoogle = await start("gemini");
    await ofGoogle.post("/ai", { input: "a", task_type: "CLUSTERING" });
    expect(bodies()).toMatchObject([
      { input_type: "search_query", truncate: "END" },
      { requests: [{ taskType: "CLUSTERING" }] },
    ]);
  });

  test.each(NAMES)(
    "%s: an error is passed on as it came, a broken answer refused",
    async (name) => {
      await using limited = await start(name, { traits: "429" });
      const refused = await limited.post("/ai", { input: TEXTS });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
      for (const traits of ["bad-json", "no-choices", "empty-200", "html-200"]) {
        await using broken = await start(name, { traits });
        const answer = await broken.post("/ai", { input: TEXTS });
        expect([traits, answer.status]).toEqual([traits, 500]);
        const { error } = (await answer.json()) as { error: { message: string } };
        expect(error.message).not.toBe("");
      }
      await using cut = await start(name, { traits: "truncated-json" });
      expect((await cut.post("/ai", { input: TEXTS })).status).toBe(502);
    },
  );
});

describe("what is refused", () => {
  test.each(["anthropic", "xai", "cerebras", "databricks", "deepseek"])(
    "%s has no such operation, and is refused at load",
    async (provider) => {
      const loading = startGateway(
        proxies({
          route_type: "llm/v1/embeddings",
          auth: { header_name: "Authorization", header_value: "Bearer k" },
          model: {
            provider,
            name: "m",
            options: { anthropic_version: "2023-06-01", upstream_url: `${lab.url}/v1/embeddings` },
          },
        }),
      );
      await expect(loading).rejects.toThrow(`provider ${provider} has no 'llm/v1/embeddings'`);
    },
  );

  test("a model of Bedrock that is asked otherwise is named at load", async () => {
    const loading = startGateway(
      proxies({
        route_type: "llm/v1/embeddings",
        model: { provider: "bedrock", name: "twelvelabs.marengo-embed-2-7-v1:0", options: BEDROCK },
      }),
    );
    await expect(loading).rejects.toThrow("twelvelabs.marengo-embed-2-7-v1:0");
  });

  test("no input, one of another kind, and too much of it", async () => {
    await using gateway = await start("cohere");
    const answers: (readonly [object, string])[] = [
      [{}, "request body doesn't contain valid prompts"],
      [{ input: [] }, "request body doesn't contain valid prompts"],
      [
        { messages: [{ role: "user", content: "a" }] },
        "[llm/v1/chat] message format is not compatible with [llm/v1/embeddings] route type",
      ],
      [{ input: [null] }, "input[0] must be a string"],
      [{ input: "a", encoding_format: "int8" }, "encoding_format must be float or base64"],
      [{ input: Array(2049).fill("a") }, "input may hold 2048 texts, and holds 2049"],
    ];
    for (const [body, message] of answers) {
      const refused = await gateway.post("/ai", body);
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: { message } }]);
    }
  });

  test("a part that fails fails the call, and no more are sent", async () => {
    await using gateway = await start("bedrock (Titan 1)", { traits: "500" });
    const refused = await gateway.post("/ai", { input: Array(40).fill("a") });
    expect(refused.status).toBe(500);
    expect(lab.requests).toHaveLength(8);
  });
});

describe("the rest of the house", () => {
  test("a guard looks at every text, and at token ids it cannot", async () => {
    const config = proxies({
      route_type: "llm/v1/embeddings",
      auth: { header_name: "Authorization", header_value: "Bearer k" },
      model: {
        provider: "openai",
        name: "m",
        options: { upstream_url: `${lab.url}/v1/embeddings` },
      },
    });
    const guard = { name: "ai-prompt-guard", config: { deny_patterns: ["forbidden"] } };
    await using gateway = await startGateway({ ...config, plugins: [guard] });
    const statuses = [];
    for (const input of ["fine", ["fine", "too"], ["fine", "a forbidden one", "fine"], [1, 2]]) {
      statuses.push((await gateway.post("/ai", { input })).status);
    }
    expect(statuses).toEqual([200, 200, 400, 400]);
    expect(lab.requests).toHaveLength(2);
  });

  test("a stream that is asked for is none, whatever the route says", async () => {
    for (const streaming of ["allow", "always", "deny"]) {
      await using gateway = await start("cohere", { config: { response_streaming: streaming } });
      const answer = await gateway.post("/ai", { input: "a" });
      expect([streaming, answer.status, answer.headers.get("content-type")]).toEqual([
        streaming,
        200,
        "application/json",
      ]);
    }
  });

  test("payloads are logged as they went and came, when that is on", async () => {
    await using gateway = await start("bedrock (Titan 1)", {
      config: { logging: { log_payloads: true } },
    });
    const answer = await gateway.post("/ai", { input: TEXTS });
    const { ai } = await gateway.record(1);
    expect(ai?.proxy?.["payload"]).toEqual({
      request: JSON.stringify([{ inputText: "a b" }, { inputText: "c" }]),
      response: await answer.text(),
    });
  });

  test("the short form serves /v1/embeddings, and the OpenAI SDK decodes what it gets", async () => {
    await using gateway = await startGateway({
      providers: {
        lab: { type: "openai", url: `${lab.url}/v1` },
        cohere: { url: `${lab.url}/v2`, key: "k" },
      },
      models: { near: "cohere/embed-v4.0", either: ["lab/lab/500", "cohere/embed-v4.0"] },
    });
    const client = new OpenAI({ apiKey: "k", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    for (const model of ["near", "either", "lab/text-embedding-3-small"]) {
      const { data } = await client.embeddings.create({ model, input: TEXTS });
      expect([model, data.length, data[0]?.embedding.length]).toEqual([model, 2, 1536]);
      expect(data[0]?.embedding.every(Number.isFinite)).toBe(true);
    }
  });
});
