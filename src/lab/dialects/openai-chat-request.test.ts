import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

async function send(body: unknown, headers: Record<string, string> = {}) {
  const reply = await fetch(`${lab.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: reply.status, ...((await reply.json()) as { error?: Record<string, unknown> }) };
}

const user = { role: "user", content: "Hi" };
const chat = { model: "gpt-4o", messages: [user] };
const tool = { type: "function", function: { name: "look" } };
const calls = (...ids: string[]) => ({
  role: "assistant",
  tool_calls: ids.map((id) => ({
    id,
    type: "function",
    function: { name: "look", arguments: "{}" },
  })),
});
const part = (content: unknown) => ({ ...chat, messages: [{ role: "user", content: [content] }] });
const schema = (inner: unknown, strict = true) => ({
  ...chat,
  response_format: { type: "json_schema", json_schema: { name: "x", strict, schema: inner } },
});

type Refusal = readonly [body: unknown, message: string, param: string | null, code: string | null];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "no model": [{ messages: [user] }, "you must provide a model parameter", null, null],
  "no messages": [
    { model: "gpt-4o" },
    "Missing required parameter: 'messages'.",
    "messages",
    "missing_required_parameter",
  ],
  "empty messages": [
    { ...chat, messages: [] },
    "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    "messages",
    "empty_array",
  ],
  "messages of another type": [
    { ...chat, messages: "Hi" },
    "Invalid type for 'messages': expected an array of objects, but got a string instead.",
    "messages",
    "invalid_type",
  ],
  "an unknown argument": [
    { ...chat, top_k: 3 },
    "Unrecognized request argument supplied: top_k",
    null,
    null,
  ],
  "two unknown arguments": [
    { ...chat, top_k: 3, min_p: 0.1 },
    "Unrecognized request arguments supplied: top_k, min_p",
    null,
    null,
  ],
  "an unknown member of a message": [
    { ...chat, messages: [{ ...user, cache_control: {} }] },
    "Unknown parameter: 'messages[0].cache_control'.",
    "messages[0].cache_control",
    "unknown_parameter",
  ],
  "an unknown role": [
    { ...chat, messages: [{ role: "human", content: "Hi" }] },
    "Invalid value: 'human'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
    "messages[0].role",
    "invalid_value",
  ],
  "content that is missing": [
    { ...chat, messages: [{ role: "user" }] },
    "Missing required parameter: 'messages[0].content'.",
    "messages[0].content",
    "missing_required_parameter",
  ],
  "content of another type": [
    { ...chat, messages: [{ role: "user", content: 3 }] },
    "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead.",
    "messages[0].content",
    "invalid_type",
  ],
  "a content part of another vendor": [
    part({ type: "image", source: {} }),
    "Invalid value: 'image'. Supported values are: 'text', 'image_url', 'input_audio', and 'file'.",
    "messages[0].content[0].type",
    "invalid_value",
  ],
  "an image url that is a string": [
    part({ type: "image_url", image_url: "https://example.com/a.png" }),
    "Invalid type for 'messages[0].content[0].image_url': expected an object, but got a string instead.",
    "messages[0].content[0].image_url",
    "invalid_type",
  ],
  "an image of another format": [
    part({ type: "image_url", image_url: { url: "data:image/tiff;base64,AAAA" } }),
    "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
    null,
    "invalid_image_format",
  ],
  "a temperature in words": [
    { ...chat, temperature: "hot" },
    "Invalid type for 'temperature': expected a decimal, but got a string instead.",
    "temperature",
    "invalid_type",
  ],
  "a temperature too high": [
    { ...chat, temperature: 3 },
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    "temperature",
    "decimal_above_max_value",
  ],
  "half a token": [
    { ...chat, max_tokens: 1.5 },
    "Invalid type for 'max_tokens': expected an integer, but got a decimal instead.",
    "max_tokens",
    "invalid_type",
  ],
  "five stop sequences": [
    { ...chat, stop: ["a", "b", "c", "d", "e"] },
    "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
    "stop",
    "array_above_max_length",
  ],
  "stream options without a stream": [
    { ...chat, stream_options: { include_usage: true } },
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    "stream_options",
    null,
  ],
  "max_tokens of a reasoning model": [
    { ...chat, model: "o3-mini", max_tokens: 5 },
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_tokens",
    "unsupported_parameter",
  ],
  "the temperature of a reasoning model": [
    { ...chat, model: "gpt-5-mini", temperature: 0.5 },
    "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
    "temperature",
    "unsupported_value",
  ],
  "a tool choice without tools": [
    { ...chat, tool_choice: "auto" },
    "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
    "tool_choice",
    null,
  ],
  "the choice of an absent tool": [
    { ...chat, tools: [tool], tool_choice: { type: "function", function: { name: "leap" } } },
    "Tool choice 'leap' not found in 'tools' parameter.",
    "tool_choice",
    null,
  ],
  "a tool name with spaces": [
    { ...chat, tools: [{ type: "function", function: { name: "look here" } }] },
    "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]{1,64}$'.",
    "tools[0].function.name",
    "invalid_value",
  ],
  "tool parameters that are no object": [
    {
      ...chat,
      tools: [{ type: "function", function: { name: "look", parameters: { type: "string" } } }],
    },
    `Invalid schema for function 'look': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'.`,
    "tools[0].function.parameters",
    "invalid_function_parameters",
  ],
  "a tool result nobody asked for": [
    { ...chat, messages: [user, { role: "tool", tool_call_id: "1", content: "x" }] },
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    "messages.[1].role",
    null,
  ],
  "a tool call nobody answered": [
    {
      ...chat,
      messages: [user, calls("1", "2"), { role: "tool", tool_call_id: "1", content: "x" }, user],
    },
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: 2",
    "messages",
    null,
  ],
  "JSON without the word": [
    { ...chat, response_format: { type: "json_object" } },
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    "messages",
    null,
  ],
  "a strict schema that is open": [
    schema({ type: "object", properties: { a: { type: "string" } }, required: ["a"] }),
    "Invalid schema for response_format 'x': In context=(), 'additionalProperties' is required to be supplied and to be false.",
    "response_format",
    null,
  ],
  "a strict schema with an optional member": [
    schema({ type: "object", properties: { a: {} }, required: [], additionalProperties: false }),
    "Invalid schema for response_format 'x': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'a'.",
    "response_format",
    null,
  ],
};

describe("a chat request is refused as OpenAI would", () => {
  test.each(Object.entries(REFUSALS))("%s", async (_name, [body, message, param, code]) => {
    const { status, error } = await send(body);
    expect(error).toEqual({ message, type: "invalid_request_error", param, code });
    expect(status).toBe(400);
  });

  test.each(["{", "", "[]", "3", '{"model": "\u0000"}'])("JSON that is none: %j", async (body) => {
    const { status, error } = await send(body);
    expect(status).toBe(400);
    expect(error?.["message"]).toStartWith("We could not parse the JSON body of your request.");
  });

  test("another content type", async () => {
    const { status, error } = await send(chat, { "content-type": "text/plain" });
    expect(status).toBe(415);
    expect(error?.["code"]).toBe("unsupported_content_type");
  });

  test("another method, another path", async () => {
    expect((await fetch(`${lab.url}/v1/chat/completions`)).status).toBe(405);
    const reply = await fetch(`${lab.url}/v1/none`);
    expect(reply.status).toBe(404);
    expect(await reply.text()).toContain("Invalid URL (GET /v1/none)");
  });
});

describe("a chat request is taken", () => {
  test.each([
    [
      "with members that are null",
      { ...chat, stop: null, temperature: null, n: null, stream_options: null },
    ],
    ["with a schema that is not strict", schema({ type: "object" }, false)],
    ["with unknown members by a lenient model", { ...chat, model: "lab/lenient", top_k: 3 }],
    [
      "with every tool call answered",
      {
        ...chat,
        messages: [
          user,
          calls("1", "2"),
          { role: "tool", tool_call_id: "2", content: "b" },
          { role: "tool", tool_call_id: "1", content: [{ type: "text", text: "a" }] },
          user,
        ],
      },
    ],
    [
      "with allowed tools",
      {
        ...chat,
        tools: [tool],
        tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [tool] } },
      },
    ],
  ])("%s", async (_name, body) => {
    expect(await send(body)).not.toHaveProperty("error");
  });
});
