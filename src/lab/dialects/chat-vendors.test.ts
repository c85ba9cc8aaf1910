import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const HI = { role: "user", content: "Hi" };
const PATHS = {
  openai: "/v1",
  deepseek: "/deepseek/v1",
  dashscope: "/compatible-mode/v1",
  databricks: "/serving-endpoints/v1",
  xai: "/xai/v1",
  cerebras: "/cerebras/v1",
  mistral: "/mistral/v1",
};

async function answerOf(vendor: keyof typeof PATHS, body: object): Promise<string> {
  const reply = await fetch(`${lab.url}${PATHS[vendor]}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messages: [HI], ...body }),
  });
  const text = await reply.text();
  return `${reply.status} ${text}`;
}

const said = (...messages: object[]) => ({ messages: [...messages, HI] });
const tool = { type: "function", function: { name: "f" } };
const calling = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "a1b2c3d4e", type: "function", function: { name: "f", arguments: "{}" } }],
};
const result = { role: "tool", tool_call_id: "a1b2c3d4e", content: "21" };
const effort = (word: string) => ({ reasoning_effort: word });
const budget = (budget_tokens: number) => ({ thinking: { type: "enabled", budget_tokens } });
const format = { response_format: { type: "json_schema", json_schema: { name: "a", schema: {} } } };

type Row = readonly [vendor: keyof typeof PATHS, model: string, body: object, refusal: string];

const IMAGE = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
const SEEN = { messages: [{ role: "user", content: [IMAGE] }] };

/** What the vendor's models refuse, and a word of how. */
const REFUSED: readonly Row[] = [
  ["openai", "o3-mini", SEEN, "image_url is only supported by certain models"],
  ["xai", "grok-3", SEEN, "image_url is only supported by certain models"],
  ["dashscope", "qwen-plus", { ...SEEN, enable_thinking: false }, "image_url is only"],
  ["databricks", "databricks-gpt-oss-20b", SEEN, "image_url is only"],
  ["deepseek", "deepseek-chat", SEEN, "'image_url'"],
  ["openai", "o3", { stop: ["."] }, "'stop' is not supported"],
  ["openai", "gpt-5", { presence_penalty: 0.5 }, "'presence_penalty' does not support 0.5"],
  ["openai", "gpt-5-mini", { logprobs: true }, "'logprobs' is not supported"],
  ["openai", "gpt-5", { logit_bias: { "1": 1 } }, "'logit_bias' is not supported"],
  ["openai", "gpt-5", { temperature: 0.2 }, "'temperature' does not support 0.2"],
  ["openai", "gpt-5.2", { temperature: 0.2, ...effort("low") }, "'temperature' is not supported"],
  ["openai", "gpt-5.5", { temperature: 0.2 }, "'temperature' is not supported"],
  ["openai", "o3", effort("none"), "Supported values are: 'low', 'medium', 'high'"],
  ["openai", "gpt-4o", effort("low"), "'reasoning_effort' is not supported"],
  [
    "openai",
    "gpt-4o",
    said({ role: "assistant", content: "a", reasoning: "b" }),
    "messages[0].reasoning",
  ],
  ["deepseek", "deepseek-chat", said({ role: "developer", content: "a" }), "'developer'"],
  ["deepseek", "deepseek-chat", format, "'json_schema'"],
  [
    "deepseek",
    "deepseek-chat",
    said(calling, { ...result, content: [{ type: "text", text: "21" }] }),
    "messages[1].content",
  ],
  ["deepseek", "deepseek-reasoner", { logprobs: true }, "'logprobs' is not supported"],
  [
    "deepseek",
    "deepseek-reasoner",
    { tools: [tool], tool_choice: "required" },
    "does not support this tool_choice",
  ],
  ["deepseek", "deepseek-reasoner", said(calling, result), "Missing `reasoning_content`"],
  ["dashscope", "qwen-plus", said({ role: "developer", content: "a" }), "'developer'"],
  ["dashscope", "qwen-plus", effort("low"), "reasoning_effort"],
  ["dashscope", "qwen3-32b", {}, "enable_thinking must be set to false"],
  [
    "dashscope",
    "qwen-plus",
    { enable_thinking: true, tools: [tool], tool_choice: "required" },
    "in thinking mode",
  ],
  [
    "databricks",
    "databricks-claude-sonnet-4-5",
    effort("low"),
    "'reasoning_effort' is not supported",
  ],
  [
    "databricks",
    "databricks-claude-sonnet-4-5",
    { ...budget(2048), max_tokens: 1000 },
    "must be greater than",
  ],
  [
    "databricks",
    "databricks-claude-sonnet-4-5",
    { ...budget(100), max_tokens: 1000 },
    "greater than or equal to 1024",
  ],
  [
    "databricks",
    "databricks-claude-sonnet-4-5",
    { ...budget(2048), max_tokens: 9000, temperature: 0 },
    "may only be set to 1",
  ],
  ["databricks", "databricks-llama", { stream: true, stream_options: {} }, "stream_options"],
  ["xai", "grok-4", { stop: ["."] }, "'stop' is not supported"],
  [
    "xai",
    "grok-4-fast-reasoning",
    { frequency_penalty: 1 },
    "'frequency_penalty' is not supported",
  ],
  ["xai", "grok-4", effort("low"), "'reasoning_effort' is not supported"],
  ["xai", "grok-3-mini", effort("medium"), "Supported values are: 'low', 'high'"],
  ["cerebras", "llama3.1-8b", { logit_bias: { "1": 1 } }, "logit_bias"],
  [
    "mistral",
    "mistral-small-latest",
    said(calling, result),
    "Unexpected role 'user' after role 'tool'",
  ],
  ["mistral", "mistral-small-latest", { service_tier: "default" }, "service_tier"],
  [
    "mistral",
    "mistral-small-latest",
    said({ role: "assistant", content: "a", function_call: null }),
    "function_call",
  ],
];

const TAKEN: readonly (readonly [vendor: keyof typeof PATHS, model: string, body: object])[] = [
  ["openai", "gpt-5.1", { temperature: 0.2, logprobs: true }],
  ["openai", "gpt-4o", SEEN],
  ["xai", "grok-4", SEEN],
  ["dashscope", "qwen3-vl-plus", SEEN],
  ["openai", "gpt-5.5", { temperature: 0.2, ...effort("none") }],
  ["openai", "gpt-5-chat-latest", { temperature: 0.2, stop: ["."] }],
  [
    "deepseek",
    "deepseek-chat",
    { ...said({ role: "assistant", content: "a", reasoning_content: "b" }), odd: 1 },
  ],
  ["dashscope", "qwen-plus", { enable_thinking: true, thinking_budget: 1024 }],
  ["dashscope", "qwen3-32b", { enable_thinking: false }],
  ["databricks", "databricks-claude-sonnet-4-5", { ...budget(2048), max_tokens: 9000 }],
  ["xai", "grok-4-fast-non-reasoning", { stop: ["."] }],
  ["xai", "grok-4.3", effort("none")],
  ["cerebras", "zai-glm-4.7", said({ role: "assistant", content: "a", reasoning: "b" })],
];

describe("the lab refuses by the vendor's own rules", () => {
  test.each(REFUSED)("%s %s refuses %j", async (vendor, model, body, refusal) => {
    const answer = await answerOf(vendor, { model, ...body });
    expect(answer).toMatch(/^4\d\d /);
    expect(answer).toContain(refusal);
  });

  test.each(TAKEN)("%s %s takes %j", async (vendor, model, body) => {
    expect(await answerOf(vendor, { model, ...body })).toStartWith("200 ");
  });
});
