import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { proxies, startGateway, type TestGateway } from "../../gateway.ts";

/**
 * The providers' tables of what their models take are held against the lab's, which were written from
 * the vendors' pages apart from them: whatever a client of OpenAI's asks, no vendor refuses it.
 */

const VENDORS = {
  openai: [{}, "", ["gpt-4o", "o3-mini", "gpt-5", "gpt-5.1", "gpt-5.5", "gpt-5-chat-latest"]],
  azure: [{ azure_instance: "i", azure_deployment_id: "d" }, "azure", ["gpt-4o", "o4-mini"]],
  deepseek: [{}, "/deepseek", ["deepseek-chat", "deepseek-reasoner", "deepseek-v4-pro"]],
  dashscope: [{}, "/compatible-mode", ["qwen-plus", "qwen3-32b", "qwq-plus", "qwen3-max"]],
  databricks: [
    { databricks: { workspace_instance_id: "dbc-1" } },
    "/serving-endpoints",
    ["databricks-claude-sonnet-4-5", "databricks-gpt-oss-120b", "databricks-gemini-2-5-pro"],
  ],
  xai: [{}, "/xai", ["grok-4", "grok-3", "grok-3-mini", "grok-4-fast-non-reasoning", "grok-4.3"]],
  cerebras: [{}, "/cerebras", ["llama3.1-8b"]],
  gemini: [
    { gemini: { api_endpoint: "vertex.test", project_id: "p", location_id: "l" } },
    "vertex",
    ["mistral-small-2503"],
  ],
} as const;
type Vendor = keyof typeof VENDORS;

function urlOf(vendor: Vendor, model: string): string {
  const [, at] = VENDORS[vendor];
  if (at === "azure") return `${lab.url}/openai/deployments/${model}/chat/completions`;
  if (at === "vertex") {
    const base = `${lab.url}/v1/projects/p/locations/l/publishers/mistralai/models`;
    return `${base}/${model}:rawPredict`;
  }
  return `${lab.url}${at}/v1/chat/completions`;
}

const LINES = (Object.keys(VENDORS) as Vendor[]).flatMap((vendor) =>
  VENDORS[vendor][2].map((model) => [vendor, model] as const),
);

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  const config = LINES.map(([provider, name]) => ({
    path: `/${provider}/${name}`,
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer k" },
    model: {
      provider,
      name,
      options: { ...VENDORS[provider][0], upstream_url: urlOf(provider, name) },
    },
  }));
  gateway = await startGateway(proxies(...config));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

const user = (content: unknown = "Say hello.") => ({ role: "user", content });
const text = (words: string) => ({ type: "text", text: words });
const tool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
});
const calling = (name: string, args: string) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "call_PTLP8xhu", type: "function", function: { name, arguments: args } }],
});
const result = (content: unknown) => ({ role: "tool", tool_call_id: "call_PTLP8xhu", content });
const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

const ASKED: Readonly<Record<string, object>> = {
  "a developer's words": { messages: [{ role: "developer", content: "Be brief." }, user()] },
  "lists of text in every turn": {
    messages: [
      { role: "system", content: [text("Be brief.")] },
      user([text("Weather?")]),
      calling("f", "{}"),
      result([text("21"), text("clear")]),
      { role: "assistant", content: [text("Clear.")] },
      user([text("Thanks.")]),
    ],
  },
  "an answer sent back as it came": {
    messages: [
      user(),
      {
        role: "assistant",
        content: "Hello.",
        refusal: null,
        annotations: [],
        audio: null,
        function_call: null,
        reasoning: "Hm.",
        reasoning_content: "Hm.",
        reasoning_details: [{ type: "reasoning.text", text: "Hm." }],
        finish_reason: "stop",
        tool_calls: [],
      },
      user("And now?"),
    ],
  },
  "a last turn to go on with": { messages: [user(), { role: "assistant", content: "He" }] },
  "a user who speaks after a tool": {
    messages: [user(), calling("f", "{}"), result("21"), user("And Rome?")],
    tools: [tool("f")],
  },
  "another vendor's answer, thoughts and calls as it wrote them": {
    messages: [
      user(),
      {
        role: "assistant",
        content: [{ type: "thinking", thinking: [text("Hm.")] }, text("I look.")],
        tool_calls: [{ id: "call_PTLP8xhu", index: 0, function: { name: "f", arguments: "{}" } }],
      },
      result("21"),
    ],
    tools: [tool("f")],
  },
  "calls without arguments": { messages: [user(), calling("f", "null"), result("21")] },
  "names of tools with dots and of 70 letters": {
    messages: [user(), calling("files.read", ""), result("21")],
    tools: [tool("files.read"), tool("n".repeat(70))],
  },
  "a schema for the answer": {
    messages: [user("A city.")],
    response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
  },
  "options of old": {
    messages: [user()],
    temperature: 0.2,
    top_p: 0.9,
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    logit_bias: { "50256": -100 },
    logprobs: true,
    top_logprobs: 2,
    stop: ["qqq"],
    seed: 7,
    max_tokens: 4000,
  },
  "their defaults": {
    messages: [user()],
    temperature: 1,
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    logprobs: false,
    n: 1,
    stop: null,
  },
  "an image, and nothing else": {
    messages: [
      user([{ type: "image_url", image_url: { url: "https://example.com/a.png" } }]),
      { role: "assistant", content: "A cat." },
      user("Is it?"),
    ],
  },
  "a refusal sent back": {
    messages: [user(), { role: "assistant", content: null, refusal: "I cannot." }, user("Try.")],
  },
  "a choice beside no tools": {
    messages: [user()],
    tools: [],
    tool_choice: "auto",
    parallel_tool_calls: true,
  },
  "members that are null, anywhere": {
    messages: [
      { role: "system", content: null, name: null },
      user([{ ...text("Weather?"), cache_control: null }]),
      { ...calling("f", "{}"), name: null, refusal: null, reasoning: null },
      { ...result(null), name: null },
    ],
    tools: [{ ...tool("f"), function: { ...tool("f").function, description: null } }],
    response_format: null,
    reasoning_effort: null,
    functions: null,
    function_call: null,
    user: null,
    store: null,
    verbosity: null,
    metadata: null,
  },
  "an old call of a function and its result, with no list of functions": {
    messages: [
      user(),
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "21" },
      user("And Rome?"),
    ],
  },
  "a choice among no functions": { messages: [user()], function_call: "none" },
  "a result with the function's name, and more that is known of it": {
    messages: [user(), calling("f", "{}"), { ...result("21"), name: "f", is_error: false }],
  },
  "what was said aloud, and what another vendor refused or drew": {
    messages: [
      user(),
      {
        role: "assistant",
        content: null,
        audio: { id: "audio_1", data: "AAAA", expires_at: 1, transcript: "Hello." },
        images: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }],
      },
      user(),
      { role: "assistant", content: [{ type: "refusal", refusal: "I cannot." }] },
      user(),
    ],
  },
  "thoughts that nobody can read": {
    messages: [
      user(),
      { role: "assistant", content: [{ type: "redacted_thinking", data: "QUJD" }, text("Hi.")] },
      user(),
    ],
  },
  "images however their URLs are written": {
    messages: [
      user([
        text("See."),
        ...[
          "DATA:image/PNG;charset=x;base64,iVBORw0K\nGgo=",
          "data:;base64,iVBORw0KGgo",
          "data:application/octet-stream;base64,iVBORw0KGgo=",
          " HTTPS://example.com/a.png",
        ].map((url) => ({ type: "image_url", image_url: { url, detail: null } })),
      ]),
    ],
  },
  "five stop sequences": { messages: [user()], stop: ["qqa", "qqb", "qqc", "qqd", "qqe"] },
  "the warmest temperature, and a seed below nothing": {
    messages: [user()],
    temperature: 2,
    seed: -5,
  },
  "what is kept of a conversation, and how many words": {
    messages: [user()],
    store: false,
    verbosity: "low",
  },
  "the newer cap": { messages: [user()], max_completion_tokens: 4000 },
  "a tool that must be called": {
    messages: [user()],
    tools: [tool("f"), tool("g")],
    tool_choice: { type: "function", function: { name: "g" } },
    reasoning_effort: "high",
  },
  "cache points of another vendor": {
    messages: [user([{ ...text("Hello."), cache_control: { type: "ephemeral" } }])],
  },
  ...Object.fromEntries(
    ["none", "minimal", "low", "medium", "high", "xhigh"].map((effort) => [
      `effort ${effort}`,
      { messages: [user()], reasoning_effort: effort, max_tokens: 30_000, temperature: 0.2 },
    ]),
  ),
};

describe.each(LINES)("%s %s takes", (vendor, model) => {
  test.each(Object.entries(ASKED))("%s, whole and streamed", async (_, body) => {
    for (const stream of [false, true]) {
      const asked = stream ? { ...body, stream, stream_options: { include_usage: true } } : body;
      const response = await gateway.post(`/${vendor}/${model}`, asked);
      const answer = await response.text();
      expect([response.status, response.status === 200 ? "" : answer]).toEqual([200, ""]);
      expect(answer).not.toContain('"error"');
    }
  });
});
