import { expect, test } from "bun:test";
import { modelOptionsSchema } from "./model-options-schema.ts";
import type { RouteTypeOf } from "./operations.ts";
import { PROVIDERS } from "./registry.ts";
import type { ProviderName } from "./target-schema.ts";
import { pathOf } from "./upstream-url.ts";

const CASES: readonly (readonly [
  provider: ProviderName,
  options: object,
  routeType: RouteTypeOf<"text">,
  format: string | undefined,
  path: string | undefined,
])[] = [
  ["cohere", {}, "llm/v1/chat", "cohere-chat", "/v2/chat"],
  ["cohere", { cohere: { cohere_api: "v1" } }, "llm/v1/chat", "cohere-chat-v1", "/v1/chat"],
  ["cohere", { cohere: { cohere_api: "v2" } }, "llm/v1/chat", "cohere-chat", "/v2/chat"],
  ["cohere", { upstream_url: "https://h/v1/chat" }, "llm/v1/chat", "cohere-chat-v1", "/v1/chat"],
  ["cohere", { upstream_url: "https://h/v1/chat/?a" }, "llm/v1/chat", "cohere-chat-v1", "/v1/chat"],
  ["cohere", { upstream_path: "/v1/chat" }, "llm/v1/chat", "cohere-chat-v1", "/v1/chat"],
  ["cohere", { upstream_url: "https://h/v2/chat" }, "llm/v1/chat", "cohere-chat", "/v2/chat"],
  [
    "cohere",
    { upstream_url: "https://h/v1/chat", cohere: { cohere_api: "v2" } },
    "llm/v1/chat",
    "cohere-chat",
    "/v2/chat",
  ],
  ["cohere", {}, "llm/v1/completions", "cohere-generate", "/v1/generate"],
  ["ollama", {}, "llm/v1/chat", "ollama-chat", "/api/chat"],
  ["ollama", {}, "llm/v1/completions", "ollama-generate", "/api/generate"],
  ["llama2", { llama2_format: "ollama" }, "llm/v1/chat", "ollama-chat", undefined],
  ["llama2", { llama2_format: "ollama" }, "llm/v1/completions", "ollama-generate", undefined],
  ["mistral", { mistral_format: "ollama" }, "llm/v1/completions", "ollama-generate", undefined],
];

test.each(CASES)("%s with %j answers %s in %s", (name, written, routeType, format, path) => {
  const options = modelOptionsSchema.parse(written);
  const provider = PROVIDERS[name];
  expect(provider.operations[routeType]?.format?.(options, "m")?.name).toBe(format as string);
  const invocation = { routeType, model: "m", options, stream: false };
  expect(pathOf(provider, invocation)).toBe(path as string);
});

test("usage is not asked for in OpenAI's way where another dialect is spoken", () => {
  for (const [name, written] of CASES) {
    expect(PROVIDERS[name].streamUsage(modelOptionsSchema.parse(written))).toBe(false);
  }
});
