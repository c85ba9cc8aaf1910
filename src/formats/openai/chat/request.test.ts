import { describe, expect, test } from "bun:test";
import { type JsonObject, parseJson } from "../../../chat/json.ts";
import { anthropicMessages } from "../../anthropic/messages/format.ts";
import { patchRequest } from "../options.ts";
import { decodeRequest, encodeRequest } from "./request.ts";

const user = (content: unknown) => ({ messages: [{ role: "user", content }] }) as JsonObject;

const REFUSED: readonly [string, JsonObject][] = [
  ["messages is required and must be an array", {}],
  ["messages[0] must be an object", { messages: ["hi"] }],
  [
    "messages[0].role must be system, developer, user, assistant, tool or function",
    { messages: [{ role: "me" }] },
  ],
  ["messages[0].content must be a string or an array of content parts", user(7)],
  ["messages[0].content[1] must be an object", user([{ type: "text", text: "a" }, "b"])],
  ["messages[0].content[0].text is required and must be a string", user([{ type: "text" }])],
  [
    "messages[0].content[0].type must be text, image_url, video_url, input_audio or file",
    user([{ type: "smell" }]),
  ],
  [
    "messages[0].content[0].image_url.url is required and must be a string",
    user([{ type: "image_url", image_url: {} }]),
  ],
  [
    "messages[0].content[0].file must have file_data or file_id",
    user([{ type: "file", file: {} }]),
  ],
  [
    "messages[0].content[0].type must be text in this role",
    {
      messages: [
        { role: "system", content: [{ type: "image_url", image_url: { url: "https://a" } }] },
      ],
    },
  ],
  [
    "messages[0].tool_call_id is required and must be a string",
    { messages: [{ role: "tool", content: "x" }] },
  ],
  [
    "messages[0].tool_calls[0].function.arguments is required and must be a string",
    {
      messages: [
        { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f" } }] },
      ],
    },
  ],
  ["temperature must be a number", { messages: [], temperature: "hot" }],
  ["n must be an integer", { messages: [], n: 1.5 }],
  ["stop[1] must be a string", { messages: [], stop: ["a", 1] }],
  ["stream must be true or false", { messages: [], stream: "yes" }],
  [
    "tools[0].function.name is required and must be a string",
    { messages: [], tools: [{ type: "function", function: {} }] },
  ],
  ["tool_choice must be auto, none, required or an object", { messages: [], tool_choice: "maybe" }],
  [
    "tool_choice.allowed_tools.mode must be auto or required",
    {
      messages: [],
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "x", tools: [] } },
    },
  ],
  [
    "response_format.json_schema.name is required and must be a string",
    { messages: [], response_format: { type: "json_schema", json_schema: {} } },
  ],
];

for (const [message, wire] of REFUSED) {
  test(`refused: ${message}`, () => {
    expect(() => decodeRequest(wire)).toThrow(
      expect.objectContaining({ code: "invalid_request", status: 400, message }),
    );
  });
}

test("null is the same as absent, wherever it stands", () => {
  const wire = { model: null, messages: [{ role: "assistant", content: null, refusal: null }] };
  const nulls = { tools: null, stop: null, n: null, stream: null, stream_options: null };
  expect(decodeRequest({ ...wire, ...nulls, response_format: null, tool_choice: null })).toEqual({
    kind: "chat",
    model: "",
    messages: [{ role: "assistant", content: [] }],
    stream: false,
  });
});

test("unknown members are kept and written back, in the same format only", () => {
  const wire = {
    model: "m",
    messages: [],
    store: true,
    reasoning_effort: "ultra",
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
  };
  const chat = decodeRequest(wire);
  expect(encodeRequest(chat)).toEqual({ wire, notices: [] });
  const foreign = encodeRequest({ ...chat, extraFormat: "other" });
  expect(foreign.notices.map((notice) => notice.field)).toEqual([
    "store",
    "stream_options",
    "reasoning_effort",
  ]);
  expect(foreign.wire).not.toHaveProperty("store");
});

test("an integer beyond a double's reach is a number where one is meant, and whole elsewhere", () => {
  const text = '{"messages":[],"seed":12345678901234567890,"metadata":{"id":12345678901234567890}}';
  const chat = decodeRequest(parseJson(text) as JsonObject);
  expect(chat.seed).toBe(Number("12345678901234567890"));
  expect(JSON.stringify(chat.extra)).toBe('{"metadata":{"id":12345678901234567890}}');
});

test("empty lists stay", () => {
  const wire = { messages: [{ role: "user", content: [] }], tools: [], stop: [], stream: false };
  expect(encodeRequest(decodeRequest(wire)).wire).toEqual(wire);
});

test("a cache point is written back under the member whose lifetime it has", () => {
  const content = [
    { type: "text", text: "a", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
    { type: "text", text: "b", cache_control: { type: "ephemeral", ttl: "1h" } },
  ];
  const wire = { messages: [{ role: "user", content }], stream: false };
  expect(encodeRequest(decodeRequest(wire)).wire).toEqual(wire);
});

test("a custom tool, its choice, and its call go through", () => {
  const wire = {
    messages: [
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "custom", custom: { name: "shell", input: "ls -l" } }],
      },
    ],
    tools: [{ type: "custom", custom: { name: "shell" } }],
    tool_choice: { type: "custom", custom: { name: "shell" } },
    stream: false,
  };
  expect(encodeRequest(decodeRequest(wire)).wire).toEqual(wire);
});

test("opaque state comes back from an OpenAI client", () => {
  const wire = {
    messages: [
      {
        role: "assistant",
        content: "hi",
        extra_content: { google: { thought_signature: "t" } },
        reasoning_content: "why",
        reasoning_details: [
          { type: "reasoning.text", text: "why", signature: "s" },
          { type: "reasoning.encrypted", data: "xxx" },
        ],
        tool_calls: [
          {
            id: "a",
            type: "function",
            function: { name: "f", arguments: "{}" },
            extra_content: { google: { thought_signature: "u" } },
          },
        ],
      },
    ],
    stream: false,
  };
  const chat = decodeRequest(wire);
  expect(chat.messages[0]?.content).toEqual([
    { type: "reasoning", text: "why", signature: "s" },
    { type: "reasoning", text: "", redacted: "xxx" },
    { type: "text", text: "hi", signature: "t" },
    { type: "tool-call", id: "a", name: "f", arguments: "{}", signature: "u" },
  ]);
  expect(encodeRequest(chat).wire).toEqual(wire);
});

test("what an array of content has beside it is read as beside a string", () => {
  const cite = (url: string, place: JsonObject) => ({
    type: "url_citation",
    url_citation: { ...place, url, title: "" },
  });
  const wire = {
    messages: [
      {
        role: "assistant",
        content: [
          { type: "text", text: "One. " },
          { type: "text", text: "Two." },
        ],
        annotations: [
          cite("https://one.example", { start_index: 0, end_index: 3 }),
          cite("https://two.example", { start_index: 5, end_index: 8 }),
          cite("https://all.example", {}),
        ],
      },
    ],
    stream: false,
  };
  const signed = { ...wire.messages[0], extra_content: { google: { thought_signature: "t" } } };
  expect(encodeRequest(decodeRequest(wire)).wire).toEqual(wire);
  const { messages } = decodeRequest({ messages: [signed] });
  expect(messages[0]?.content).toEqual([
    {
      type: "text",
      text: "One. ",
      annotations: [{ type: "citation", url: "https://one.example", title: "", start: 0, end: 3 }],
    },
    {
      type: "text",
      text: "Two.",
      signature: "t",
      annotations: [
        { type: "citation", url: "https://two.example", title: "", start: 0, end: 3 },
        { type: "citation", url: "https://all.example", title: "" },
      ],
    },
  ]);
});

test("members of a message without a seat go back in place, and another format names them", () => {
  const wire = {
    messages: [
      { role: "user", content: "Hi", weight: 1 },
      { role: "assistant", content: null, audio: { id: "audio_1" } },
    ],
    store: true,
    stream: false,
  };
  const chat = decodeRequest(wire);
  expect(encodeRequest(chat)).toEqual({ wire, notices: [] });
  const { wire: foreign, notices } = anthropicMessages.encodeRequest(chat);
  expect(foreign.messages).toEqual([{ role: "user", content: "Hi" }]);
  expect(notices.map(({ kind, field }) => `${kind} ${field}`)).toEqual([
    "dropped store",
    "dropped messages[0].weight",
    "dropped messages[1].audio",
  ]);
});

test("the retired function messages become a tool call and its result", () => {
  const wire = {
    messages: [
      { role: "user", content: "?" },
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "42" },
    ],
  };
  expect(decodeRequest(wire).messages.slice(1)).toEqual([
    {
      role: "assistant",
      content: [{ type: "tool-call", id: "call_1", name: "f", arguments: "{}" }],
    },
    { role: "tool", callId: "call_1", content: [{ type: "text", text: "42" }] },
  ]);
});

test("a tool's files follow its turn's results in a user message, with a notice", () => {
  const image = {
    type: "file",
    mediaType: "image/png",
    source: { kind: "base64", data: "AAAA" },
  } as const;
  const { wire, notices } = encodeRequest({
    kind: "chat",
    model: "",
    stream: false,
    messages: [
      { role: "tool", callId: "a", content: [image] },
      { role: "tool", callId: "b", content: [{ type: "text", text: "ok" }], failed: true },
      { role: "user", content: [{ type: "text", text: "go on" }] },
    ],
  });
  expect(wire.messages).toEqual([
    { role: "tool", tool_call_id: "a", content: "" },
    { role: "tool", tool_call_id: "b", content: "ok" },
    {
      role: "user",
      content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
    },
    { role: "user", content: "go on" },
  ]);
  expect(notices.map((notice) => `${notice.kind} ${notice.field}`)).toEqual([
    "approximated messages[0].content",
    "dropped messages[1].failed",
  ]);
});

test("a patch sets what it names, keeps the rest, and is the same object when nothing changes", () => {
  const wire = { model: "a", messages: [], max_completion_tokens: 5, strange: [1] };
  expect(patchRequest(wire, { model: "a", maxTokens: 5, includeUsage: false })).toBe(wire);
  expect(
    patchRequest(wire, { model: "b", maxTokens: 9, stream: true, includeUsage: true }),
  ).toEqual({
    model: "b",
    messages: [],
    max_completion_tokens: 9,
    strange: [1],
    stream: true,
    stream_options: { include_usage: true },
  });
});

describe("functions, the older form of tools", () => {
  const asked = (more: object) =>
    decodeRequest({ messages: [{ role: "user", content: "x" }], ...more } as JsonObject);
  const f = { name: "f", description: "d", parameters: { type: "object" } };

  test("they become tools, one call at a time", () => {
    const { tools, toolChoice, parallelToolCalls, extra } = asked({
      functions: [f],
      function_call: { name: "f" },
    });
    expect(tools).toEqual([{ type: "function", ...f }]);
    expect(toolChoice).toEqual({ type: "tool", name: "f" });
    expect(parallelToolCalls).toBe(false);
    expect(extra).toBeUndefined();
  });

  test.each(["auto", "none"] as const)("function_call %s", (function_call) => {
    expect(asked({ functions: [f], function_call }).toolChoice).toEqual({ type: function_call });
  });

  test("beside tools they are told of, not read", () => {
    const tools = [{ type: "function", function: { name: "g" } }];
    const chat = asked({ tools, functions: [f] });
    expect(chat.tools).toEqual([{ type: "function", name: "g" }]);
    expect(chat.extra).toEqual({ functions: [f] });
  });

  test.each([
    [{ functions: [{}] }, "functions[0].name"],
    [{ functions: [f], function_call: "f" }, "function_call"],
    [{ functions: [f], function_call: {} }, "function_call.name"],
  ])("%j names %s", (more, param) => {
    expect(() => asked(more)).toThrow(param);
  });
});
