import { describe, expect, test } from "bun:test";
import { unservedOperation } from "./target-checks.ts";
import { PROVIDER_NAMES, targetSchema } from "./target-schema.ts";

const COMPLETIONS = "llm/v1/completions";
const EMBEDDINGS = "llm/v1/embeddings";
const URL = "http://127.0.0.1:8000/v1/x";

function refusal(
  provider: string,
  routeType: string,
  options: Record<string, unknown> = {},
  name?: string,
): string | undefined {
  const model = { provider, options, ...(name && { name }) };
  return unservedOperation(targetSchema.parse({ route_type: routeType, model }));
}

describe("an operation that a provider does not have", () => {
  test.each(PROVIDER_NAMES.filter((name) => name !== "local"))("%s has chats", (provider) => {
    const formats = { llama2_format: "openai", mistral_format: "openai" };
    expect(refusal(provider, "llm/v1/chat", { ...formats, upstream_url: URL })).toBeUndefined();
  });

  test("is refused with what there is instead", () => {
    expect(refusal("local", "llm/v1/chat")).toBe(
      "provider local has no 'llm/v1/chat': it serves llm/v1/embeddings",
    );
    expect(refusal("mistral", COMPLETIONS, { mistral_format: "openai" })).toBe(
      "provider mistral with mistral_format openai has no 'llm/v1/completions': it serves llm/v1/chat, llm/v1/embeddings",
    );
    expect(refusal("anthropic", EMBEDDINGS)).toBe(
      "provider anthropic has no 'llm/v1/embeddings': it serves llm/v1/chat, llm/v1/completions",
    );
  });

  test.each([
    ["xai", COMPLETIONS, {}],
    ["cerebras", COMPLETIONS, {}],
    ["dashscope", COMPLETIONS, {}],
    ["databricks", COMPLETIONS, { upstream_url: URL }],
    ["deepseek", COMPLETIONS, {}],
    ["mistral", COMPLETIONS, { mistral_format: "openai", upstream_url: URL }],
    ["mistral", COMPLETIONS, { mistral_format: "ollama" }],
    ["mistral", EMBEDDINGS, { mistral_format: "raw", upstream_url: URL }],
    ["llama2", EMBEDDINGS, { llama2_format: "raw", upstream_url: URL }],
    ["xai", EMBEDDINGS, {}],
  ])("%s %s %o is refused", (provider, routeType, options) => {
    expect(refusal(provider, routeType, options)).toContain(`has no '${routeType}'`);
  });

  test.each([
    ["mistral", COMPLETIONS, { mistral_format: "ollama", upstream_url: URL }],
    ["mistral", COMPLETIONS, { mistral_format: "raw", upstream_url: URL }],
    ["llama2", COMPLETIONS, { llama2_format: "raw", upstream_url: URL }],
    ["anthropic", COMPLETIONS, {}],
    ["gemini", COMPLETIONS, {}],
    ["vllm", COMPLETIONS, { upstream_url: URL }],
    ["ollama", EMBEDDINGS, {}],
    ["bedrock", EMBEDDINGS, {}],
    ["openai", "llm/v1/files", {}],
    ["xai", "preserve", {}],
    // Which dialect is meant has yet to be said.
    ["mistral", COMPLETIONS, {}],
  ])("%s %s %o may be served", (provider, routeType, options) => {
    expect(refusal(provider, routeType, options)).toBeUndefined();
  });

  test("depends on the model where one is named", () => {
    const vertex = { api_endpoint: "h", project_id: "p", location_id: "l" };
    const partner = "mistral-large-2411";
    expect(refusal("gemini", COMPLETIONS, { gemini: vertex }, partner)).toContain("mistralai's");
    expect(refusal("gemini", COMPLETIONS, { gemini: vertex }, "$(headers.model)")).toBeUndefined();
    expect(refusal("bedrock", EMBEDDINGS, {}, "meta.llama3")).toContain("is not built yet");
  });
});
