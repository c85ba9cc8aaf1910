import { afterAll, beforeAll, expect, test } from "bun:test";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { Ollama } from "ollama";
import { GatewayError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { expand } from "../../src/chat/expand.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import { cohereChat } from "../../src/formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../../src/formats/cohere/chat-v1/format.ts";
import { cohereGenerate } from "../../src/formats/cohere/generate/format.ts";
import { ollamaChat } from "../../src/formats/ollama/chat/format.ts";
import { ollamaGenerate } from "../../src/formats/ollama/generate/format.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { CONTEXT, encodeStream } from "../laws/format-laws.ts";

/** The vendors' own clients, and the client side of each format behind a plain server. */

const FORMATS: Readonly<Record<string, WireFormat>> = {
  "/v2/chat": cohereChat,
  "/v1/chat": cohereChatV1,
  "/v1/generate": cohereGenerate,
  "/api/chat": ollamaChat,
  "/api/generate": ollamaGenerate,
};

const ANSWER: ChatResponse = {
  id: "answer-1",
  model: "model-x",
  choices: [
    {
      content: [
        { type: "reasoning", text: "Two cities." },
        { type: "text", text: "I ask for “both” 🐧." },
        { type: "tool-call", id: "call_a", name: "weather", arguments: '{"city":"Lisbon"}' },
        { type: "tool-call", id: "call_b", name: "weather", arguments: '{"city":"Oslo"}' },
      ],
      finishReason: "tool_calls",
    },
  ],
  usage: { promptTokens: 7, completionTokens: 5, totalTokens: 12 },
};

const FAILING = "failing";

let server: ReturnType<typeof Bun.serve>;
let asked: ChatRequest | undefined;

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const format = FORMATS[new URL(request.url).pathname];
      if (!format) return new Response("no such path", { status: 404 });
      asked = format.decodeRequest((await request.json()) as JsonObject);
      if (!asked.stream) return Response.json(format.encodeResponse(ANSWER, CONTEXT));
      const events = asked.model === FAILING ? failing() : expand(ANSWER);
      return new Response(encodeStream(format, events) as Uint8Array<ArrayBuffer>, {
        headers: { "content-type": format.streamContentType },
      });
    },
  });
});
afterAll(() => server.stop(true));

function failing(): ChatEvent[] {
  const error = new GatewayError("upstream_reset", "the model's connection broke");
  return [...expand(ANSWER).slice(0, 3), { type: "error", error }];
}

const settings = () => ({ token: "x", environment: `${server.url}`.slice(0, -1), maxRetries: 0 });
const question = [{ role: "user" as const, content: "How warm is it in Lisbon and Oslo?" }];

test("Cohere's client reads the second chat API, whole and streamed", async () => {
  const client = new CohereClientV2(settings());
  const whole = await client.chat({ model: "m", messages: question, maxTokens: 9, p: 0.5 });
  expect(asked).toMatchObject({ model: "m", maxTokens: 9, topP: 0.5, stream: false });
  expect(whole).toMatchObject({
    id: "answer-1",
    finishReason: "TOOL_CALL",
    message: {
      content: [{ type: "thinking", thinking: "Two cities." }],
      toolPlan: "I ask for “both” 🐧.",
      toolCalls: [{ id: "call_a", function: { name: "weather" } }, { id: "call_b" }],
    },
    usage: { billedUnits: { inputTokens: 7, outputTokens: 5 } },
  });
  const events = await Array.fromAsync(await client.chatStream({ model: "m", messages: question }));
  expect(events.map(({ type }) => type)).toEqual([
    "message-start",
    "content-start",
    "content-delta",
    "content-end",
    "content-start",
    "content-delta",
    "content-end",
    "tool-call-start",
    "tool-call-delta",
    "tool-call-end",
    "tool-call-start",
    "tool-call-delta",
    "tool-call-end",
    "message-end",
  ]);
  expect(events[2]).toMatchObject({ delta: { message: { content: { thinking: "Two cities." } } } });
  expect(events[5]).toMatchObject({
    index: 1,
    delta: { message: { content: { text: "I ask for “both” 🐧." } } },
  });
  expect(events.at(-1)).toMatchObject({
    delta: { finishReason: "TOOL_CALL", usage: { billedUnits: { inputTokens: 7 } } },
  });
  const broken = await Array.fromAsync(
    await client.chatStream({ model: FAILING, messages: question }),
  );
  expect(broken.at(-1)).toMatchObject({
    type: "message-end",
    delta: { finishReason: "ERROR", error: "the model's connection broke" },
  });
});

test("Cohere's client reads the first chat API and completions", async () => {
  const client = new CohereClient(settings());
  const whole = await client.chat({ message: "How warm?", preamble: "Be brief." });
  expect(asked?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(whole).toMatchObject({
    text: "I ask for “both” 🐧.",
    generationId: "answer-1",
    toolCalls: [
      { name: "weather", parameters: { city: "Lisbon" } },
      { name: "weather", parameters: { city: "Oslo" } },
    ],
    meta: { billedUnits: { inputTokens: 7, outputTokens: 5 } },
  });
  const events = await Array.fromAsync(await client.chatStream({ message: "How warm?" }));
  expect(events.map(({ eventType }) => eventType)).toEqual([
    "stream-start",
    "text-generation",
    "tool-calls-chunk",
    "tool-calls-chunk",
    "tool-calls-chunk",
    "tool-calls-chunk",
    "tool-calls-generation",
    "stream-end",
  ]);
  expect(events.at(-1)).toMatchObject({ response: { text: whole.text } });
  const completed = await client.generate({ prompt: "Once" });
  expect(completed.generations[0]?.text).toBe("I ask for “both” 🐧.");
  const pieces = await Array.fromAsync(await client.generateStream({ prompt: "Once" }));
  expect(pieces.map(({ eventType }) => eventType)).toEqual(["text-generation", "stream-end"]);
});

test("Ollama's client reads a chat and completions, whole and streamed", async () => {
  const client = new Ollama({ host: `${server.url}` });
  const whole = await client.chat({ model: "m", messages: question, think: "low" });
  expect(asked).toMatchObject({ model: "m", reasoning: { effort: "low" }, stream: false });
  expect(whole).toMatchObject({
    model: "model-x",
    message: {
      role: "assistant",
      content: "I ask for “both” 🐧.",
      thinking: "Two cities.",
      tool_calls: [
        { function: { name: "weather", arguments: { city: "Lisbon" } } },
        { function: { name: "weather", arguments: { city: "Oslo" } } },
      ],
    },
    done: true,
    done_reason: "stop",
    prompt_eval_count: 7,
    eval_count: 5,
  });
  const lines = await Array.fromAsync(
    await client.chat({ model: "m", messages: question, stream: true }),
  );
  expect(lines.map(({ message }) => message.content).join("")).toBe(whole.message.content);
  expect(lines.flatMap(({ message }) => message.tool_calls ?? [])).toHaveLength(2);
  expect(lines.at(-1)).toMatchObject({ done: true, done_reason: "stop", eval_count: 5 });
  const completed = await client.generate({ model: "m", prompt: "Once", system: "Go on." });
  expect(completed).toMatchObject({ response: whole.message.content, thinking: "Two cities." });
  const pieces = await Array.fromAsync(
    await client.generate({ model: "m", prompt: "Once", stream: true }),
  );
  expect(pieces.map(({ response }) => response ?? "").join("")).toBe(whole.message.content);
  const broken = client
    .chat({ model: FAILING, messages: question, stream: true })
    .then((stream) => Array.fromAsync(stream));
  expect(await broken.catch((error: unknown) => error)).toMatchObject({
    message: "the model's connection broke",
  });
});
