import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import fc from "fast-check";
import { collect } from "../../src/chat/collect.ts";
import { GatewayError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { expand } from "../../src/chat/expand.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import { anthropicMessages } from "../../src/formats/anthropic/messages/format.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { chatResponse, freeContent } from "../laws/arbitraries.ts";
import { CONTEXT, encodeStream } from "../laws/format-laws.ts";

/** Anthropic's own client, given what this format writes. */
function clientGiven(body: string | ArrayBuffer, contentType: string): Anthropic {
  const headers = { "content-type": contentType };
  return new Anthropic({
    apiKey: "k",
    maxRetries: 0,
    logLevel: "off",
    fetch: async () => new Response(body, { headers }),
  });
}

const BODY = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "a" } as const] };

describe("Anthropic's client reads what is written for it", () => {
  test("any answer of any vendor, streamed as whole", async () => {
    await fc.assert(
      fc.asyncProperty(chatResponse(freeContent), async (answer) => {
        const wire = JSON.stringify(anthropicMessages.encodeResponse(answer, CONTEXT));
        const whole = await clientGiven(wire, "application/json").messages.create(BODY);
        const bytes = encodeStream(anthropicMessages, expand(answer));
        const stream = clientGiven(bytes.slice().buffer, "text/event-stream").messages.stream(BODY);
        const streamed = await stream.finalMessage();
        const plain = JSON.stringify(whole.content).replaceAll(',"citations":null', "");
        expect(streamed.content).toEqual(JSON.parse(plain));
        expect(streamed.stop_reason).toBe(whole.stop_reason);
        expect(streamed.id).toBe(whole.id);
        expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
        expect(streamed.usage.input_tokens).toBe(whole.usage.input_tokens);
      }),
      { numRuns: 60 },
    );
  });

  test("an error amid a stream", async () => {
    const events: ChatEvent[] = [
      { type: "message-start", id: "x", model: "m" },
      { type: "error", error: new GatewayError("upstream_overloaded", "busy") },
    ];
    const bytes = encodeStream(anthropicMessages, events);
    const stream = clientGiven(bytes.slice().buffer, "text/event-stream").messages.stream(BODY);
    const error = await stream.finalMessage().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ type: "overloaded_error" });
  });
});

describe("Anthropic's API takes what is written for it, and its answers are read", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  async function ask(chat: ChatRequest, labTraits = "plain"): Promise<Response> {
    const { wire } = anthropicMessages.encodeRequest(chat);
    return fetch(`${lab.url}/lab/${labTraits}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: JSON.stringify(wire),
    });
  }

  async function answer(wire: JsonObject, traits?: string) {
    const whole = await ask(openaiChat.decodeRequest(wire), traits);
    const text = await whole.text();
    expect([whole.status, text]).toEqual([200, text]);
    const streamed = await ask(openaiChat.decodeRequest({ ...wire, stream: true }), traits);
    const decoder = anthropicMessages.streamDecoder({ contentType: "text/event-stream" });
    const events = [...decoder.push(await streamed.bytes()), ...decoder.end()];
    const answered = anthropicMessages.decodeResponse(JSON.parse(text));
    expect(collect(events).choices).toEqual(answered.choices);
    return openaiChat.encodeResponse(answered, CONTEXT);
  }

  const parameters = {
    type: "object",
    properties: { city: { type: "string", minLength: 1 }, days: { type: "integer", minimum: 1 } },
    required: ["city", "days"],
  };
  const weather = { type: "function", function: { name: "get_weather", strict: true, parameters } };
  const json_schema = { name: "w", strict: true, schema: parameters };
  const call = (id: string) => ({
    id,
    type: "function",
    function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
  });
  const conversation = [
    { role: "system", content: "Be brief." },
    { role: "user", name: "ada", content: "Oslo and Rome?" },
    { role: "assistant", content: "", tool_calls: [call("functions.a:0"), call("b")] },
    { role: "tool", tool_call_id: "functions.a:0", content: "rain" },
    { role: "tool", tool_call_id: "b", content: "" },
    { role: "developer", content: "Now in French." },
    { role: "user", content: "" },
  ];
  const image = { type: "image_url", image_url: { url: "data:image/jpg;base64,AAAA" } };
  const pdf = { type: "file", file: { filename: "a.pdf", file_data: "AAAA" } };

  const REQUESTS: Readonly<Record<string, JsonObject>> = {
    plain: { messages: [{ role: "user", content: "Hi" }] },
    conversation: { messages: conversation, tools: [weather] },
    "thinking amid tools": {
      messages: conversation,
      tools: [weather],
      reasoning_effort: "high",
      temperature: 0.3,
      top_p: 0.5,
      top_k: 5,
    },
    "sampling beyond range": {
      messages: [{ role: "user", content: "Hi" }],
      temperature: 2,
      top_p: 0.5,
      stop: ["\n", "x"],
      seed: 1,
    },
    files: { messages: [{ role: "user", content: [image, pdf, { type: "text", text: "" }] }] },
    "a schema": {
      messages: [{ role: "user", content: "Oslo?" }],
      response_format: { type: "json_schema", json_schema },
    },
    "any JSON": {
      messages: [{ role: "user", content: "Oslo?" }],
      response_format: { type: "json_object" },
      reasoning_effort: "medium",
    },
    "any JSON or a tool": {
      messages: [{ role: "user", content: "Oslo?" }],
      response_format: { type: "json_object" },
      tools: [weather],
    },
    "a forced tool that thinks": {
      messages: [{ role: "user", content: "Oslo?" }],
      tools: [weather],
      tool_choice: "required",
      parallel_tool_calls: false,
      reasoning_effort: "low",
      max_tokens: 5000,
    },
    "no thinking": { messages: [{ role: "user", content: "Hi" }], reasoning_effort: "none" },
    "no room to think": {
      messages: [{ role: "user", content: "Hi" }],
      reasoning_effort: "high",
      max_tokens: 700,
    },
  };
  const MODELS = [
    "claude-3-5-haiku-latest",
    "claude-sonnet-4-20250514",
    "claude-opus-4-5",
    "claude-sonnet-4-6",
    "claude-opus-4-8",
    "claude-sonnet-5",
    "claude-sonnet-5-5",
    "claude-opus-5-5",
    "claude-fable-5-1",
    "claude-haiku-5-5",
    "a-deployment",
  ];

  for (const [name, wire] of Object.entries(REQUESTS)) {
    test(`${name}, by every generation`, async () => {
      for (const model of MODELS) {
        const { choices } = await answer({ model, ...wire });
        expect(choices).toHaveLength(1);
      }
    });
  }

  test("a JSON answer comes back as text, whichever way it was asked for", async () => {
    const schemed = { response_format: { type: "json_schema", json_schema } };
    for (const model of ["claude-sonnet-4-20250514", "claude-sonnet-4-6"]) {
      const messages = [{ role: "user", content: "The weather in Oslo?" }];
      const { choices } = await answer({ model, messages, ...schemed });
      const [choice] = choices as { message: { content: string }; finish_reason: string }[];
      expect(JSON.parse(choice?.message.content ?? "")).toMatchObject({ city: "Oslo" });
      expect(choice?.finish_reason).toBe("stop");
    }
  });

  test("thinking goes back signed, over several turns", async () => {
    const model = "claude-sonnet-4-6";
    const messages: JsonObject[] = [];
    for (const content of ["One?", "Two?", "Three?"]) {
      messages.push({ role: "user", content });
      const { choices } = await answer({ model, messages, reasoning_effort: "low" }, "reasoning");
      const [choice] = choices as { message: JsonObject & { reasoning_content?: string } }[];
      expect(choice?.message.reasoning_content).toContain(content);
      if (choice) messages.push(choice.message);
    }
    messages.push({ role: "user", content: "Four?" });
    const { wire, notices } = anthropicMessages.encodeRequest(
      openaiChat.decodeRequest({ model, messages }),
    );
    expect(notices).toEqual([]);
    expect(JSON.stringify(wire).match(/"type":"thinking"/g)).toHaveLength(3);
  });
});
