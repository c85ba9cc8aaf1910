import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../chat/json.ts";
import { openaiChat } from "../formats/openai/chat/format.ts";
import { fitted, rulesFor } from "./fitted.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import type { RouteType } from "./operations.ts";
import { PROVIDERS } from "./registry.ts";
import type { ProviderName } from "./target-schema.ts";
import { tuningPatch } from "./tuning.ts";

interface Adapting {
  readonly model?: string;
  readonly options?: object;
  readonly routeType?: RouteType;
}

function adapt(provider: ProviderName, wire: JsonObject, adapting: Adapting = {}): JsonObject {
  const { model = "m", options = {}, routeType = "llm/v1/chat" } = adapting;
  const invocation = {
    routeType,
    model,
    options: modelOptionsSchema.parse(options),
    stream: false,
  };
  const rules = rulesFor(PROVIDERS[provider], invocation);
  return rules ? fitted(wire, rules, provider).wire : wire;
}

const OPTIONS: Partial<Record<ProviderName, object>> = {
  llama2: { llama2_format: "openai" },
  mistral: { mistral_format: "openai" },
};
const FAMILY = [
  "openai",
  "azure",
  "mistral",
  "llama2",
  "huggingface",
  "xai",
  "dashscope",
  "cerebras",
  "databricks",
  "deepseek",
  "vllm",
] as const;

describe("configured options and the request's own", () => {
  const body = {
    temperature: 0.1,
    max_tokens: 100,
    some_extra_param: "string_val",
    another_extra_param: 0.5,
  };
  const options = modelOptionsSchema.parse({ max_tokens: 1024, top_p: 0.5 });

  test("the configuration wins, and unknown members stay", () => {
    const patch = tuningPatch(options, "config", () => {
      throw new Error("the request's values do not count here");
    });
    expect(openaiChat.patchRequest(body, patch)).toEqual({
      max_tokens: 1024,
      temperature: 0.1,
      top_p: 0.5,
      some_extra_param: "string_val",
      another_extra_param: 0.5,
    });
  });

  test("the request wins where it is let, and the cap still holds", () => {
    const all = modelOptionsSchema.parse({ max_tokens: 50, temperature: 1, top_p: 0.5, top_k: 4 });
    const own = { temperature: 0, maxTokens: 100, topK: 9 };
    expect(tuningPatch(all, "request", () => own)).toEqual({ maxTokens: 50, topP: 0.5 });
    expect(tuningPatch(all, "request", () => ({ maxTokens: 10 })).maxTokens).toBe(10);
    expect(tuningPatch(all, "request", () => ({})).maxTokens).toBe(50);
  });

  test("nothing configured changes nothing", () => {
    expect(tuningPatch(modelOptionsSchema.parse({}), "config", () => ({}))).toEqual({});
  });
});

describe("what a vendor does not take", () => {
  test("top_k goes only to those who know it", () => {
    const takers = FAMILY.filter(
      (provider) => "top_k" in adapt(provider, { top_k: 5 }, { options: OPTIONS[provider] ?? {} }),
    );
    expect(takers).toEqual([
      "llama2",
      "huggingface",
      "dashscope",
      "cerebras",
      "databricks",
      "vllm",
    ]);
  });

  test.each(["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5-nano", "ft:o4-mini:org"])(
    "%s",
    (model) => {
      for (const provider of ["openai", "azure"] as const) {
        const wire = { max_tokens: 9, temperature: 1, top_p: 1, top_k: 1, messages: [] };
        expect(adapt(provider, wire, { model })).toEqual({
          max_completion_tokens: 9,
          messages: [],
        });
      }
    },
  );

  test("elsewhere max_completion_tokens is another name of max_tokens", () => {
    for (const provider of FAMILY) {
      // A deployment may be of any model, and all take the newer name.
      if (provider === "azure") continue;
      const adapted = adapt(
        provider,
        { max_completion_tokens: 9 },
        { options: OPTIONS[provider] ?? {} },
      );
      expect(adapted).toEqual({ max_tokens: 9 });
    }
  });

  test("of two caps the smaller holds", () => {
    const wire = { max_tokens: 5, max_completion_tokens: 9 };
    expect(adapt("openai", wire, { model: "gpt-5" })).toEqual({ max_completion_tokens: 5 });
    expect(adapt("openai", wire)).toEqual({ max_tokens: 5 });
    expect(adapt("vllm", { max_tokens: null, max_completion_tokens: 9 })).toEqual({
      max_tokens: 9,
    });
  });

  test("Claude models that refuse sampling get none, wherever they are called", () => {
    const model = "databricks-claude-opus-4-7";
    expect(adapt("databricks", { temperature: 1, top_p: 1, n: 1 }, { model })).toEqual({ n: 1 });
  });
});

describe("what one vendor spells otherwise", () => {
  test("mistral's platform, but not a server of one's own", () => {
    const wire = { seed: 1, tool_choice: "required", stream_options: { include_usage: true } };
    const options = { mistral_format: "openai" };
    expect(adapt("mistral", wire, { options })).toEqual({ random_seed: 1, tool_choice: "any" });
    const own = { ...options, upstream_url: "http://mistral.ai.local/v1/chat/completions" };
    expect(adapt("mistral", wire, { options: own })).toBe(wire);
    const regional = { ...options, upstream_url: "https://eu.api.mistral.ai/v1/chat/completions" };
    expect(adapt("mistral", wire, { options: regional })).toHaveProperty("random_seed", 1);
  });

  test.each(["openai", "azure"] as const)(
    "%s: an id of a tool call that is too long gives way to one that follows from it",
    (provider) => {
      const conversation = (id: string) => ({
        messages: [
          { role: "assistant", tool_calls: [{ id, type: "function" }] },
          { role: "tool", tool_call_id: id, content: "done" },
        ],
      });
      const kept = conversation("c".repeat(40));
      expect(adapt(provider, kept)).toBe(kept);
      const [asked, answered] = JSON.parse(
        JSON.stringify(adapt(provider, conversation("c".repeat(41)))),
      ).messages;
      expect(answered.tool_call_id).toMatch(/^call_\w{32}$/);
      expect(asked.tool_calls).toEqual([{ id: answered.tool_call_id, type: "function" }]);
      // Vectors and files have no messages of this kind.
      const vectors = { input: ["a"], messages: [{ tool_call_id: "c".repeat(41) }] };
      expect(adapt(provider, vectors, { routeType: "llm/v1/embeddings" })).toBe(vectors);
    },
  );

  test("mistral's platform: members that it would refuse, and parts in its own words", () => {
    const options = { mistral_format: "openai" };
    const pdf = "data:application/pdf;base64,JVBERi0=";
    const wire = {
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Read and listen." },
            { type: "file", file: { filename: "a.pdf", file_data: pdf } },
            { type: "file", file: { file_id: "f1" } },
            { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
          ],
        },
        { role: "assistant", content: null, refusal: "I cannot." },
        { role: "assistant", content: "But I can.", refusal: null },
        { role: "user", content: "Go on." },
      ],
      tools: [{ type: "function", function: { name: "now" } }],
      user: "u-1",
      store: false,
      logprobs: true,
      metadata: { team: "a" },
    };
    const parameters = { type: "object", properties: {} };
    expect(adapt("mistral", wire, { options })).toEqual({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Read and listen." },
            { type: "document_url", document_url: pdf, document_name: "a.pdf" },
            { type: "file", file_id: "f1" },
            { type: "input_audio", input_audio: "UklGRg==" },
          ],
        },
        { role: "assistant", content: "I cannot." },
        { role: "assistant", content: "But I can." },
        { role: "user", content: "Go on." },
      ],
      tools: [{ type: "function", function: { name: "now", parameters } }],
      metadata: { team: "a" },
    });
    const own = {
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      tools: [{ type: "function", function: { name: "now", parameters } }],
    };
    expect(adapt("mistral", own, { options })).toBe(own);
  });

  test("mistral's platform: ids of tool calls are nine letters or digits, and results keep theirs", () => {
    const options = { mistral_format: "openai" };
    const messages = (...ids: readonly string[]) => [
      { role: "user", content: "Go." },
      { role: "assistant", tool_calls: ids.map((id) => ({ id, type: "function" })) },
      ...ids.map((id) => ({ role: "tool", tool_call_id: id, content: "done" })),
    ];
    const own = { messages: messages("D681PevKs", "aaaaaaaaa") };
    expect(adapt("mistral", own, { options })).toBe(own);
    const foreign = {
      messages: messages("call_PTLP8xhu3uwZk4l3nlnrrJha", "toolu_01", "D681PevKs"),
    };
    const sent = JSON.parse(JSON.stringify(adapt("mistral", foreign, { options }))).messages;
    const called = sent[1].tool_calls.map(({ id }: { id: string }) => id);
    const answered = sent.slice(2).map(({ tool_call_id: id }: { tool_call_id: string }) => id);
    expect(called).toEqual(answered);
    expect(new Set(called).size).toBe(3);
    for (const id of called) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(called[2]).toBe("D681PevKs");
    expect(adapt("mistral", foreign, { options })).toEqual(adapt("mistral", foreign, { options }));
    const server = { ...options, upstream_url: "http://vllm.local/v1/chat/completions" };
    expect(adapt("mistral", foreign, { options: server })).toBe(foreign);
  });

  test("cerebras and databricks", () => {
    const wire = { frequency_penalty: 1, presence_penalty: 1, logit_bias: {}, n: 1 };
    expect(adapt("cerebras", wire)).toEqual({ n: 1 });
    expect(adapt("databricks", { stream_options: {}, n: 1 })).toEqual({ n: 1 });
  });

  test.each([
    ["2023-05-15", false],
    ["2024-08-01-preview", false],
    ["2024-09-01-preview", true],
    ["2025-01-01", true],
    ["preview", true],
  ])("azure %s takes stream_options: %p", (azure_api_version, takes) => {
    const options = modelOptionsSchema.parse({ azure_api_version });
    expect(PROVIDERS.azure.streamUsage(options)).toBe(takes);
    const wire = adapt("azure", { stream_options: { include_usage: true } }, { options });
    expect("stream_options" in wire).toBe(takes);
  });

  test("usage may be asked for where the vendor takes the question", () => {
    const refusing = FAMILY.filter(
      (provider) =>
        !PROVIDERS[provider].streamUsage(modelOptionsSchema.parse(OPTIONS[provider] ?? {})),
    );
    expect(refusing).toEqual(["azure", "mistral", "databricks"]);
  });

  test("a body that is passed through is left as it is", () => {
    const wire = { top_k: 1, stream_options: {}, seed: 1, max_completion_tokens: 1 };
    for (const provider of FAMILY) {
      expect(adapt(provider, wire, { routeType: "llm/v1/responses" })).toBe(wire);
    }
  });

  test("what needs no change is not copied", () => {
    const wire = { messages: [], temperature: 1, max_tokens: 5 };
    for (const provider of FAMILY) expect(adapt(provider, wire, { model: "gpt-4o" })).toBe(wire);
  });

  test("the registry holds each provider under its own name", () => {
    for (const [name, provider] of Object.entries(PROVIDERS))
      expect<string>(provider.name).toBe(name);
  });
});
