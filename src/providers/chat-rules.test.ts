import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../chat/json.ts";
import { fitted, rulesFor } from "./fitted.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import { PROVIDERS } from "./registry.ts";
import type { ProviderName } from "./target-schema.ts";

const OPTIONS: Partial<Record<ProviderName, object>> = {
  llama2: { llama2_format: "openai" },
  mistral: { mistral_format: "openai" },
};

function fit(provider: ProviderName, model: string, wire: JsonObject, options: object = {}) {
  const invocation = {
    routeType: "llm/v1/chat",
    model,
    options: modelOptionsSchema.parse({ ...OPTIONS[provider], ...options }),
    stream: wire["stream"] === true,
  } as const;
  const { notices, ...rest } = fitted(
    wire,
    rulesFor(PROVIDERS[provider], invocation) ?? {},
    provider,
  );
  return { ...rest, told: notices.map(({ kind, field }) => `${kind} ${field}`) };
}

/** A request, what of it is sent, and what is told. */
type Row = readonly [
  vendor: ProviderName,
  model: string,
  wire: JsonObject,
  sent: JsonObject,
  told: readonly string[],
];

const PENALTIES = { presence_penalty: 0.5, frequency_penalty: 0.5 };
const OPTIONS_OF_OLD = {
  ...PENALTIES,
  logprobs: true,
  top_logprobs: 2,
  logit_bias: { "50256": -100 },
  stop: ["."],
  temperature: 0.2,
  top_p: 0.9,
};
const ALL_OF_OLD = Object.keys(OPTIONS_OF_OLD).map((member) => `dropped ${member}`);
const SAMPLED = { temperature: 0.2, top_p: 0.9, logprobs: true, top_logprobs: 2 };
const SAYS = (effort: string) => ({ reasoning_effort: effort });
const nearest = (effort: string) => [SAYS(effort), ["approximated reasoning_effort"]] as const;

const MEMBERS: readonly Row[] = [
  ["openai", "o3-mini", OPTIONS_OF_OLD, {}, ALL_OF_OLD],
  ["openai", "gpt-5", OPTIONS_OF_OLD, {}, ALL_OF_OLD],
  ["openai", "gpt-5-mini-2025-08-07", OPTIONS_OF_OLD, {}, ALL_OF_OLD],
  ["azure", "o4-mini", OPTIONS_OF_OLD, {}, ALL_OF_OLD],
  ["openai", "gpt-4o", OPTIONS_OF_OLD, OPTIONS_OF_OLD, []],
  ["openai", "gpt-5-chat-latest", OPTIONS_OF_OLD, OPTIONS_OF_OLD, []],
  // Defaults said aloud are no loss.
  [
    "openai",
    "o3",
    { temperature: 1, top_p: 1, presence_penalty: 0, logprobs: false, stop: null, logit_bias: {} },
    {},
    [],
  ],
  ["openai", "gpt-5.1", SAMPLED, SAMPLED, []],
  ["openai", "gpt-5.1", { ...SAYS("none"), ...SAMPLED }, { ...SAYS("none"), ...SAMPLED }, []],
  [
    "openai",
    "gpt-5.2",
    { ...SAYS("low"), ...SAMPLED },
    SAYS("low"),
    Object.keys(SAMPLED).map((member) => `dropped ${member}`),
  ],
  ["openai", "gpt-5.5", { temperature: 0.2 }, {}, ["dropped temperature"]],
  [
    "openai",
    "gpt-5.5",
    { ...SAYS("none"), temperature: 0.2 },
    { ...SAYS("none"), temperature: 0.2 },
    [],
  ],
  [
    "openai",
    "gpt-5.1",
    { stop: ["."], ...PENALTIES },
    {},
    ["dropped stop", "dropped presence_penalty", "dropped frequency_penalty"],
  ],
  ["openai", "gpt-4o", SAYS("high"), {}, ["dropped reasoning_effort"]],
  ["openai", "gpt-5-chat-latest", SAYS("high"), {}, ["dropped reasoning_effort"]],
  ["openai", "o3", SAYS("xhigh"), ...nearest("high")],
  ["openai", "o3", SAYS("none"), ...nearest("low")],
  ["openai", "gpt-5", SAYS("none"), ...nearest("minimal")],
  ["openai", "gpt-5.1", SAYS("minimal"), ...nearest("none")],
  ["openai", "gpt-5.2", SAYS("xhigh"), SAYS("xhigh"), []],
  [
    "openai",
    "some-server's",
    { ...OPTIONS_OF_OLD, ...SAYS("high") },
    { ...OPTIONS_OF_OLD, ...SAYS("high") },
    [],
  ],

  [
    "xai",
    "grok-4",
    { ...PENALTIES, stop: ["."], ...SAYS("high"), seed: 1 },
    { seed: 1 },
    [
      "dropped presence_penalty",
      "dropped frequency_penalty",
      "dropped stop",
      "dropped reasoning_effort",
    ],
  ],
  [
    "xai",
    "grok-4-fast-non-reasoning",
    { stop: ["."], ...SAYS("low") },
    { stop: ["."] },
    ["dropped reasoning_effort"],
  ],
  ["xai", "grok-4-1-fast-reasoning", { stop: ["."] }, {}, ["dropped stop"]],
  ["xai", "grok-code-fast-1", SAYS("low"), {}, ["dropped reasoning_effort"]],
  ["xai", "grok-3", { stop: ["."], ...PENALTIES }, { stop: ["."], ...PENALTIES }, []],
  ["xai", "grok-3-mini", SAYS("low"), SAYS("low"), []],
  ["xai", "grok-3-mini", SAYS("medium"), ...nearest("low")],
  ["xai", "grok-4.3", SAYS("none"), SAYS("none"), []],
  ["xai", "grok-4.20-multi-agent", SAYS("xhigh"), SAYS("xhigh"), []],

  ["dashscope", "qwen-plus", SAYS("none"), { enable_thinking: false }, []],
  ["dashscope", "qwen-plus", SAYS("low"), { enable_thinking: true, thinking_budget: 1024 }, []],
  ["dashscope", "qwen3-max", SAYS("high"), { enable_thinking: true, thinking_budget: 24_576 }, []],
  [
    "dashscope",
    "qwen-plus",
    SAYS("max"),
    { enable_thinking: true, thinking_budget: 24_576 },
    ["approximated reasoning_effort"],
  ],
  [
    "dashscope",
    "qwen-plus",
    { ...SAYS("low"), thinking_budget: 99 },
    { enable_thinking: true, thinking_budget: 99 },
    [],
  ],
  ["dashscope", "qwen3-32b", SAYS("low"), { enable_thinking: false }, ["dropped reasoning_effort"]],
  [
    "dashscope",
    "qwen3-32b",
    { ...SAYS("low"), stream: true },
    { stream: true, enable_thinking: true, thinking_budget: 1024 },
    [],
  ],
  [
    "dashscope",
    "qwen-plus",
    { ...SAYS("low"), tool_choice: "required" },
    { tool_choice: "required", enable_thinking: false },
    ["dropped reasoning_effort"],
  ],
  ["dashscope", "qwq-plus", SAYS("none"), {}, ["dropped reasoning_effort"]],

  [
    "databricks",
    "databricks-claude-sonnet-4-5",
    { ...SAYS("medium"), max_tokens: 20_000, temperature: 0.2 },
    { thinking: { type: "enabled", budget_tokens: 8192 }, max_tokens: 20_000 },
    ["dropped temperature"],
  ],
  [
    "databricks",
    "databricks-claude-3-7-sonnet",
    SAYS("high"),
    { thinking: { type: "enabled", budget_tokens: 24_576 }, max_tokens: 28_672 },
    [],
  ],
  [
    "databricks",
    "databricks-claude-sonnet-4",
    { ...SAYS("high"), max_completion_tokens: 5000 },
    { thinking: { type: "enabled", budget_tokens: 4999 }, max_tokens: 5000 },
    [],
  ],
  [
    "databricks",
    "databricks-claude-sonnet-4",
    { ...SAYS("high"), max_tokens: 1000 },
    { max_tokens: 1000 },
    ["dropped reasoning_effort"],
  ],
  ["databricks", "databricks-claude-sonnet-4", SAYS("none"), {}, []],
  [
    "databricks",
    "databricks-claude-sonnet-4",
    { ...SAYS("low"), tool_choice: "required" },
    { tool_choice: "required" },
    ["dropped reasoning_effort"],
  ],
  ["databricks", "databricks-gpt-oss-120b", SAYS("high"), SAYS("high"), []],
  [
    "databricks",
    "databricks-gemini-2-5-flash",
    SAYS("none"),
    { thinking: { type: "enabled", budget_tokens: 0 } },
    [],
  ],

  ["deepseek", "deepseek-chat", SAYS("none"), { thinking: { type: "disabled" } }, []],
  ["deepseek", "deepseek-chat", { logprobs: true }, { logprobs: true }, []],
  [
    "deepseek",
    "deepseek-reasoner",
    { logprobs: true, top_logprobs: 2 },
    {},
    ["dropped logprobs", "dropped top_logprobs"],
  ],
  ["deepseek", "deepseek-reasoner", { tool_choice: "required" }, {}, ["approximated tool_choice"]],
  // Beside no tool there is no choice.
  ["deepseek", "deepseek-reasoner", { tool_choice: "auto", parallel_tool_calls: true }, {}, []],
  ["openai", "gpt-4o", { tools: [], tool_choice: "none" }, {}, []],

  [
    "cerebras",
    "llama3.1-8b",
    { ...PENALTIES, n: 1 },
    { n: 1 },
    ["dropped presence_penalty", "dropped frequency_penalty"],
  ],

  [
    "mistral",
    "mistral-small-latest",
    { seed: 7, n: 2, user: "ada", store: true, metadata: { team: "a" } },
    { random_seed: 7, n: 2, metadata: { team: "a" } },
    ["dropped user", "dropped store"],
  ],
  [
    "mistral",
    "mistral-small-latest",
    { service_tier: "flex", tool_choice: "required" },
    { tool_choice: "any" },
    ["dropped service_tier"],
  ],
  [
    "mistral",
    "mistral-small-latest",
    { service_tier: "default", anything_new: 1 },
    {},
    ["dropped anything_new"],
  ],
];

describe("members of a request, by the rules of the vendor and the model", () => {
  test.each(MEMBERS)("%s %s %j", (vendor, model, wire, sent, told) => {
    const asked = { model, ...wire };
    const got = fit(vendor, model, asked);
    expect(got.wire).toEqual({ model, ...sent });
    expect(got.told.toSorted()).toEqual(told.toSorted());
    // What goes as it came is not copied.
    if (Bun.deepEquals(wire, sent)) expect(got.wire).toBe(asked);
  });
});

describe("an Azure deployment is known by its name, where that tells", () => {
  const asked = { max_tokens: 5, temperature: 0.2 };
  test.each([
    ["prod-gpt-5-mini", { max_completion_tokens: 5 }],
    ["o3mini-eu", { max_tokens: 5, temperature: 0.2 }],
    ["team-o3-mini", { max_completion_tokens: 5 }],
    ["gpt-35-turbo", { max_tokens: 5, temperature: 0.2 }],
    ["chat", { max_tokens: 5, temperature: 0.2 }],
  ])("%s", (azure_deployment_id, sent) => {
    expect(fit("azure", "default", asked, { azure_deployment_id }).wire).toEqual(sent);
  });

  test("the model's own name counts before the deployment's", () => {
    const sent = fit("azure", "gpt-5", asked, { azure_deployment_id: "gpt-4o" }).wire;
    expect(sent).toEqual({ max_completion_tokens: 5 });
  });

  test("a cap of either name stays where nothing tells", () => {
    const wire = { max_completion_tokens: 5 };
    expect(fit("azure", "chat", wire, { azure_deployment_id: "chat" }).wire).toBe(wire);
  });
});
