import { describe, expect, test } from "bun:test";
import { ROUTES, sentFor } from "../../../tests/fixtures/upstream-body.ts";
import type { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import { changedPrompt } from "./client-paths.ts";
import { promptOf } from "./prompt.ts";

const HI = { role: "user", content: "Hi" };
const chat = (wire: object) => promptOf(openaiChat, JSON.parse(JSON.stringify(wire)) as JsonObject);

/** Everything that has no value, or the one that it has where nobody writes it. */
const NULLS = {
  ...Object.fromEntries(
    [
      "max_tokens max_completion_tokens temperature top_p top_k stop seed presence_penalty n user",
      "frequency_penalty stream_options tools tool_choice parallel_tool_calls response_format",
      "reasoning_effort logprobs top_logprobs service_tier functions function_call logit_bias",
      "metadata store modalities audio prediction web_search_options verbosity extra_body",
      "prompt_cache_key safety_identifier cache_control unknown_member",
    ]
      .join(" ")
      .split(" ")
      .map((name) => [name, null]),
  ),
  messages: [
    { role: "system", content: "s", name: null, cache_control: null, unknown: null },
    {
      role: "user",
      content: [{ type: "text", text: "Hi", cache_control: null, unknown: null }],
      name: null,
    },
    {
      role: "assistant",
      content: "x",
      refusal: null,
      tool_calls: null,
      function_call: null,
      audio: null,
      annotations: null,
      reasoning_content: null,
      reasoning: null,
      reasoning_details: null,
      extra_content: null,
    },
    HI,
  ],
};

const DEFAULTS = {
  messages: [
    { ...HI, name: "" },
    { role: "assistant", content: "x", tool_calls: [], refusal: "", annotations: [] },
    HI,
  ],
  n: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  logit_bias: {},
  logprobs: false,
  top_logprobs: 0,
  parallel_tool_calls: true,
  store: false,
  stop: [],
  tools: [],
  functions: [],
  tool_choice: "auto",
  response_format: { type: "text" },
  stream: false,
  stream_options: {},
  metadata: {},
  modalities: ["text"],
  service_tier: "auto",
  verbosity: "medium",
  user: "",
  extra_body: {},
};

describe.each(Object.keys(ROUTES))("to %s", (provider) => {
  test("members that are null are absent", () => {
    expect(sentFor(provider, chat(NULLS)).told).toEqual([]);
  });

  test("what changes nothing where it is left out is not missed", () => {
    expect(sentFor(provider, chat(DEFAULTS)).told).toEqual([]);
  });

  test("an empty list is not sent on", () => {
    const { text } = sentFor(provider, chat(DEFAULTS));
    const isOwn = ["openai", "azure", "mistral", "huggingface"].includes(provider);
    if (!isOwn) expect(text).not.toMatch(/"(?:tools|stop|stop_sequences|stopSequences)":\[\]/);
  });

  test("and what changes something is", () => {
    const { told } = sentFor(provider, chat({ messages: [HI], unknown_member: 0 }));
    const isOwn = ["openai", "azure", "mistral", "huggingface"].includes(provider);
    expect(told).toEqual(isOwn ? [] : ["dropped unknown_member"]);
  });
});

const SCHEMA = {
  type: "object",
  title: null,
  properties: { a: { type: "string", description: null, enum: null, items: null, default: null } },
  required: ["a"],
  additionalProperties: false,
  $defs: null,
};

test.each(["anthropic", "bedrock", "gemini", "cohere"])(
  "keywords and members of tools and formats that are null are absent: %s",
  (provider) => {
    const definition = { name: "f", description: null, strict: null, parameters: SCHEMA };
    const tools = [{ type: "function", custom: null, cache_control: null, function: definition }];
    const tooled = sentFor(provider, chat({ messages: [HI], tools }));
    expect(tooled.told).toEqual([]);
    expect(tooled.text.replaceAll('"default":null', "")).not.toContain(":null");
    const json_schema = { name: "n", description: null, strict: null, schema: SCHEMA };
    const response_format = { type: "json_schema", json_schema };
    const formed = sentFor(provider, chat({ messages: [HI], response_format }));
    expect(formed.told).toEqual([]);
    expect(formed.text.replaceAll('"default":null', "")).not.toContain(":null");
  },
);

test("what is data in a schema may be null", () => {
  const parameters = {
    type: "object",
    properties: { a: { enum: ["x", null], default: null }, b: { const: null } },
  };
  const tools = [{ type: "function", function: { name: "f", parameters } }];
  const { text } = sentFor("anthropic", chat({ messages: [HI], tools }));
  expect(text).toContain(JSON.stringify(parameters));
});

test("a form that is told in words does not move the client's messages", () => {
  const messages = [HI, { role: "user", content: [{ type: "file", file: { file_id: "f" } }] }];
  const tools = [{ type: "function", function: { name: "f" } }];
  const response_format = { type: "json_object" };
  const { told } = sentFor("cohere", chat({ messages, tools, response_format }));
  expect(told).toEqual(["approximated response_format", "dropped messages[1].content[0]"]);
});

const PNG = { url: "data:image/png;base64,AAAA", detail: "high" };
const TALK = [
  { role: "system", content: "s" },
  { ...HI, name: "Ann" },
  {
    role: "assistant",
    reasoning_content: "hm",
    content: [
      { type: "text", text: "a" },
      { type: "refusal", refusal: "no" },
    ],
    tool_calls: [
      { id: "c0", type: "function", function: { name: "f", arguments: "{}" } },
      { id: "c1", type: "custom", custom: { name: "g", input: "x" } },
    ],
  },
  { role: "tool", tool_call_id: "c0", content: "r" },
  { role: "tool", tool_call_id: "c1", content: "r" },
  {
    role: "user",
    content: [
      { type: "text", text: "b" },
      { type: "image_url", image_url: PNG },
    ],
  },
];
const TOOLS = [{ type: "function", function: { name: "f", strict: true, parameters: {} } }];

const PLACES = [
  "dropped messages[1].name",
  "dropped messages[2].reasoning_content",
  "approximated messages[2].content[1]",
  "approximated messages[2].tool_calls[1]",
  "dropped messages[5].content[1].image_url.detail",
];

test("a notice names the place in the client's own body", () => {
  const { told } = sentFor("anthropic", chat({ messages: TALK, tools: TOOLS }));
  for (const place of PLACES) expect(told).toContain(place);
});

test("a decorator's messages do not move the client's", () => {
  const before = chat({ messages: TALK, tools: TOOLS });
  const added = [
    { role: "user", content: "first", name: "P" },
    { role: "assistant", content: "P2" },
  ];
  const wire = { ...before.wire, messages: [...added, ...TALK, { ...HI, name: "A" }] };
  const after = changedPrompt(before, JSON.parse(JSON.stringify(wire)), { prepended: 2 });
  const { told } = sentFor("anthropic", after);
  for (const place of PLACES) expect(told).toContain(place);
  expect(told).toContain("dropped prompts.prepend[0].name");
  expect(told).toContain("dropped prompts.append[0].name");
});

function refused(act: () => unknown): GatewayError {
  try {
    act();
  } catch (thrown) {
    return thrown as GatewayError;
  }
  throw new Error("it was not refused");
}

test("an error names the place in the client's own body, its words and its param", () => {
  const bad = { messages: [HI, { role: "user", content: [{ type: "text" }] }] };
  const before = chat(bad);
  const wire = { ...before.wire, messages: [{ role: "system", content: "P" }, ...bad.messages] };
  const after = changedPrompt(before, JSON.parse(JSON.stringify(wire)), { prepended: 1 });
  const error = refused(() => sentFor("anthropic", after));
  expect(error.message).toStartWith("messages[1].content[0].text is required");
  expect(error.vendor?.param).toBe("messages[1].content[0].text");
});

test("what a template made is spoken of as the member that named it", () => {
  const before = chat({ messages: "{template://t}", properties: {} });
  const wire = {
    messages: [
      { ...HI, name: "Ann" },
      { role: "user", content: [{ type: "text" }] },
    ],
  };
  const made = (messages: unknown[]) => changedPrompt(before, { messages } as JsonObject);
  expect(sentFor("anthropic", made(wire.messages.slice(0, 1))).told).toEqual(["dropped messages"]);
  const error = refused(() => sentFor("anthropic", made(wire.messages)));
  expect(error.vendor?.param).toBe("messages");
});
