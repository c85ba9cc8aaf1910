import { describe, expect, test } from "bun:test";
import { type Asked, ask, urlOf, VERTEX } from "../ask.ts";

const AZURE = { azure_instance: "res", azure_deployment_id: "dep" };
const VERTEX_BASE =
  "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1";

describe("default URLs", () => {
  test.each([
    ["llm/v1/chat", "/v1/chat/completions"],
    ["llm/v1/completions", "/v1/completions"],
    ["llm/v1/embeddings", "/v1/embeddings"],
    ["llm/v1/responses", "/v1/responses"],
    ["llm/v1/assistants", "/v1/assistants"],
    ["llm/v1/files", "/v1/files"],
    ["llm/v1/batches", "/v1/batches"],
    ["audio/v1/audio/speech", "/v1/audio/speech"],
    ["audio/v1/audio/transcriptions", "/v1/audio/transcriptions"],
    ["audio/v1/audio/translations", "/v1/audio/translations"],
    ["image/v1/images/generations", "/v1/images/generations"],
    ["image/v1/images/edits", "/v1/images/edits"],
    ["video/v1/videos/generations", "/v1/videos"],
    ["realtime/v1/realtime", "/v1/realtime"],
  ])("openai %s", (route, path) => {
    expect(urlOf({ provider: "openai", route })).toBe(`https://api.openai.com${path}`);
  });

  test.each([
    ["llm/v1/chat", "/openai/deployments/dep/chat/completions"],
    ["llm/v1/completions", "/openai/deployments/dep/completions"],
    ["llm/v1/embeddings", "/openai/deployments/dep/embeddings"],
    ["llm/v1/responses", "/openai/v1/responses"],
    ["llm/v1/assistants", "/openai/assistants"],
    ["llm/v1/files", "/openai/files"],
    ["llm/v1/batches", "/openai/batches"],
    ["audio/v1/audio/speech", "/openai/deployments/dep/audio/speech"],
    ["image/v1/images/generations", "/openai/deployments/dep/images/generations"],
    ["video/v1/videos/generations", "/openai/v1/video/generations/jobs"],
    ["realtime/v1/realtime", "/openai/realtime"],
  ])("azure %s", (route, path) => {
    expect(urlOf({ provider: "azure", route, options: AZURE })).toBe(
      `https://res.openai.azure.com${path}?api-version=2023-05-15`,
    );
  });

  test.each<[string, string, object, string]>([
    ["anthropic", "llm/v1/chat", {}, "https://api.anthropic.com/v1/messages"],
    ["anthropic", "llm/v1/batches", {}, "https://api.anthropic.com/v1/messages/batches"],
    ["cohere", "llm/v1/chat", {}, "https://api.cohere.com/v2/chat"],
    ["cohere", "llm/v1/completions", {}, "https://api.cohere.com/v1/generate"],
    ["cohere", "llm/v1/embeddings", {}, "https://api.cohere.com/v2/embed"],
    ["mistral", "llm/v1/chat", {}, "https://api.mistral.ai/v1/chat/completions"],
    ["mistral", "llm/v1/embeddings", {}, "https://api.mistral.ai/v1/embeddings"],
    ["xai", "llm/v1/chat", {}, "https://api.x.ai/v1/chat/completions"],
    ["xai", "llm/v1/responses", {}, "https://api.x.ai/v1/responses"],
    ["xai", "image/v1/images/generations", {}, "https://api.x.ai/v1/images/generations"],
    ["cerebras", "llm/v1/chat", {}, "https://api.cerebras.ai/v1/chat/completions"],
    ["deepseek", "llm/v1/chat", {}, "https://api.deepseek.com/v1/chat/completions"],
    [
      "dashscope",
      "llm/v1/chat",
      {},
      "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
    ],
    [
      "dashscope",
      "llm/v1/embeddings",
      { dashscope: { international: false } },
      "https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings",
    ],
    [
      "dashscope",
      "image/v1/images/edits",
      {},
      "https://dashscope-intl.aliyuncs.com/api/v1/services/aigc/image2image/image-synthesis",
    ],
    [
      "databricks",
      "llm/v1/chat",
      { databricks: { workspace_instance_id: "dbc-1" } },
      "https://dbc-1.cloud.databricks.com/serving-endpoints/v1/chat/completions",
    ],
    [
      "huggingface",
      "llm/v1/chat",
      {},
      "https://router.huggingface.co/hf-inference/models/m/v1/chat/completions",
    ],
    [
      "huggingface",
      "llm/v1/completions",
      {},
      "https://router.huggingface.co/hf-inference/models/m",
    ],
    [
      "huggingface",
      "llm/v1/embeddings",
      {},
      "https://router.huggingface.co/hf-inference/models/m/pipeline/feature-extraction",
    ],
    [
      "bedrock",
      "llm/v1/chat",
      { bedrock: { aws_region: "eu-west-1" } },
      "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse",
    ],
    [
      "bedrock",
      "llm/v1/embeddings",
      { bedrock: { aws_region: "eu-west-1" } },
      "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/invoke",
    ],
    [
      "gemini",
      "llm/v1/chat",
      {},
      "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
    ],
    [
      "gemini",
      "llm/v1/embeddings",
      {},
      "https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents",
    ],
    ["gemini", "llm/v1/chat", VERTEX, `${VERTEX_BASE}/publishers/google/models/m:generateContent`],
    ["gemini", "llm/v1/embeddings", VERTEX, `${VERTEX_BASE}/publishers/google/models/m:predict`],
    [
      "gemini",
      "llm/v1/chat",
      { gemini: { ...VERTEX.gemini, endpoint_id: "e" } },
      `${VERTEX_BASE}/endpoints/e:generateContent`,
    ],
    ["gemini", "llm/v1/batches", VERTEX, `${VERTEX_BASE}/batchPredictionJobs`],
  ])("%s %s %p", (provider, route, options, url) => {
    expect(urlOf({ provider, route, options })).toBe(url);
  });

  test("streams have their own operation where the vendor has one", () => {
    const bedrock = {
      provider: "bedrock",
      options: { bedrock: { aws_region: "r" } },
      stream: true,
    };
    expect(urlOf(bedrock)).toEndWith("/model/m/converse-stream");
    expect(urlOf({ provider: "gemini", stream: true })).toEndWith(
      "/m:streamGenerateContent?alt=sse",
    );
    expect(urlOf({ provider: "openai", stream: true })).toEndWith("/v1/chat/completions");
  });

  test("a provider without an endpoint says so", () => {
    for (const provider of ["vllm", "ollama", "databricks"]) {
      expect(() => urlOf({ provider })).toThrow("set 'model.options.upstream_url'");
    }
  });

  test("chat, completions and embeddings are posts; stored things keep the client's method", () => {
    expect(ask({ provider: "openai", method: "GET" }).method).toBe("POST");
    expect(ask({ provider: "openai", method: "DELETE", route: "llm/v1/files" }).method).toBe(
      "DELETE",
    );
  });
});

describe("upstream_url and upstream_path", () => {
  const url = "https://h/base/op";
  const both = { upstream_url: url, upstream_path: "/own" };

  test.each<[string, Asked, string]>([
    ["url alone", { provider: "openai", options: { upstream_url: url } }, url],
    ["url wins over path", { provider: "openai", options: both }, url],
    [
      "path alone",
      { provider: "openai", options: { upstream_path: "own/x" } },
      "https://api.openai.com/own/x",
    ],
    ["bedrock: path within url", { provider: "bedrock", options: both }, "https://h/own"],
    ["gemini: path within url", { provider: "gemini", options: both }, "https://h/own"],
    [
      "azure appends",
      { provider: "azure", options: { ...AZURE, upstream_path: "/x" } },
      "https://res.openai.azure.com/openai/deployments/dep/x?api-version=2023-05-15",
    ],
    [
      "azure: url wins",
      { provider: "azure", options: { ...AZURE, ...both } },
      `${url}?api-version=2023-05-15`,
    ],
    [
      "huggingface chat appends",
      { provider: "huggingface", options: { upstream_url: url } },
      `${url}/v1/chat/completions`,
    ],
    [
      "huggingface once only",
      { provider: "huggingface", options: { upstream_url: "https://h/v1/chat/completions" } },
      "https://h/v1/chat/completions",
    ],
    [
      "huggingface completions as is",
      { provider: "huggingface", route: "llm/v1/completions", options: { upstream_url: url } },
      url,
    ],
    [
      "slashes collapse",
      { provider: "openai", options: { upstream_url: "https://h///a" } },
      "https://h/a",
    ],
    [
      "unknown operation",
      { provider: "cerebras", route: "llm/v1/files" },
      "https://api.cerebras.ai/",
    ],
    [
      "port is kept",
      { provider: "vllm", options: { upstream_url: "http://h:8000/v1/x" } },
      "http://h:8000/v1/x",
    ],
  ])("%s", (_name, asked, expected) => {
    expect(urlOf(asked)).toBe(expected);
  });

  test.each<[string, Asked, string]>([
    ["client path", { provider: "openai" }, "https://api.openai.com/v1/any?x=1"],
    ["upstream_path first", { provider: "openai", options: both }, "https://h/own?x=1"],
    ["then the url's path", { provider: "openai", options: { upstream_url: url } }, `${url}?x=1`],
    [
      "a url without path takes the client's",
      { provider: "openai", options: { upstream_url: "https://h" } },
      "https://h/v1/any?x=1",
    ],
  ])("preserve: %s", (_name, asked, expected) => {
    expect(
      urlOf({ ...asked, route: "preserve", model: "", clientPath: "/v1/any", search: "?x=1" }),
    ).toBe(expected);
  });

  test("a configured URL follows the call's mode", () => {
    const gemini = {
      provider: "gemini",
      options: { upstream_url: "https://h/models/x:generateContent" },
    };
    expect(urlOf({ ...gemini, stream: true })).toBe(
      "https://h/models/x:streamGenerateContent?alt=sse",
    );
    const bedrock = {
      provider: "bedrock",
      options: { upstream_url: "https://h/model/x/converse-stream" },
    };
    expect(urlOf(bedrock)).toBe("https://h/model/x/converse");
  });

  test("the configured query wins over the client's, which is otherwise kept", () => {
    const options = { upstream_url: "https://h/p?a=1&b=2" };
    const url = urlOf({ provider: "openai", options, search: "?b=9&c=3&c=4&d" });
    expect(url).toBe("https://h/p?a=1&b=2&c=3&c=4&d");
  });
});

describe("scheme and port", () => {
  test.each([
    ["http://h", "http:", "http://h/"],
    ["https://h", "https:", "https://h/"],
    ["http://h:8080?x=1", "http:", "http://h:8080/?x=1"],
  ])("%s", (upstream_url, protocol, expected) => {
    const url = urlOf({ provider: "openai", options: { upstream_url } });
    expect([url, new URL(url).protocol]).toEqual([expected, protocol]);
  });
});

describe("azure api-version", () => {
  const versionOf = (options: object, search: string) =>
    new URL(
      urlOf({ provider: "azure", options: { ...AZURE, ...options }, search }),
    ).searchParams.getAll("api-version");

  test("the client's, then the configured one, then the default", () => {
    const azure_api_version = "2024-10-21";
    expect(versionOf({ azure_api_version }, "?api-version=2025-01-01")).toEqual(["2025-01-01"]);
    expect(versionOf({ azure_api_version }, "?a=1")).toEqual([azure_api_version]);
    expect(versionOf({}, "")).toEqual(["2023-05-15"]);
    expect(versionOf({ upstream_url: "https://h/p?api-version=1" }, "?api-version=2")).toEqual([
      "1",
    ]);
  });
});
