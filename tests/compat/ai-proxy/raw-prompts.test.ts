import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import {
  eventsOf,
  openai,
  type ProxyOptions,
  proxies,
  startGateway,
  textOf,
} from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

async function call(over: ProxyOptions, body: object) {
  await using gateway = await startGateway(proxies(openai(lab.url, over)));
  const response = await gateway.post("/ai", body);
  return { response, text: await response.text(), sent: JSON.parse(lab.requests[0]?.body ?? "{}") };
}

const MATHS = [
  { role: "system", content: "You are a mathematician." },
  { role: "user", content: "What is 1 + 2?" },
  { role: "assistant", content: "The sum of 1 + 2 is 3." },
  { role: "user", content: "Multiply that by 2" },
  { role: "assistant", content: "6" },
  { role: "user", content: "Why can't you divide by zero?" },
];

const raw = (provider: string, more: object = {}, traits = "echo") => ({
  model: {
    provider,
    name: "my-model",
    options: {
      [`${provider}_format`]: "raw",
      upstream_url: `${lab.url}/lab/${traits}/generate`,
      ...more,
    },
  },
});

describe("prompts in the model's own template", () => {
  test.each(["llama2", "mistral"])("%s, whole and streamed", async (provider) => {
    const whole = await call(raw(provider), { messages: MATHS });
    expect(JSON.parse(whole.text)).toMatchObject({
      object: "chat.completion",
      model: "my-model",
      choices: [{ message: { content: "Why can't you divide by zero?" }, finish_reason: "stop" }],
    });
    expect(lab.requests[0]?.path).toBe("/lab/echo/generate");
    lab.reset();
    const streamed = await call(raw(provider), {
      messages: MATHS,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(lab.requests[0]?.path).toBe("/lab/echo/generate_stream");
    expect(textOf(streamed.text)).toBe("Why can't you divide by zero?");
    const events = eventsOf(streamed.text);
    expect(events.at(-1)).toBe("[DONE]");
    expect(JSON.parse(events.at(-2) ?? "")).toMatchObject({
      choices: [],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
    });
  });

  test("the reference's vector, and its tuning", async () => {
    const tuning = { max_tokens: 512, temperature: 0.6, top_p: 0.5, top_k: 40 };
    const model = raw("llama2", { template_mode: "reference", ...tuning });
    const { sent } = await call(model, { messages: MATHS });
    expect(sent.inputs).toBe(
      "<s>[INST] <<SYS>> You are a mathematician. <</SYS>> What is 1 + 2? [/INST] <s>[INST] Multiply that by 2 [/INST] <s>[INST] Why can't you divide by zero? [/INST]",
    );
    expect(sent.parameters).toMatchObject({
      max_new_tokens: 512,
      temperature: 0.6,
      top_p: 0.5,
      top_k: 40,
      stream: false,
    });
  });

  test("completions", async () => {
    const over = { route_type: "llm/v1/completions", ...raw("llama2") };
    const { text, sent } = await call(over, { prompt: "Say hello" });
    expect(JSON.parse(text)).toMatchObject({
      object: "text_completion",
      choices: [{ text: "Say hello", finish_reason: "stop" }],
    });
    expect(sent.inputs).toContain("Say hello [/INST]");
  });

  test("the limit is told as one", async () => {
    const { text } = await call(raw("llama2", {}, "long"), { messages: MATHS, max_tokens: 3 });
    expect(JSON.parse(text).choices[0].finish_reason).toBe("length");
  });

  test.each<[string, string]>([
    ["eof-mid-stream", "upstream closed the stream early"],
    ["error-in-stream", "Request failed during generation"],
  ])("a stream that ends in %s says so", async (fault, message) => {
    const body = { messages: [{ role: "user", content: "a b c d e f g h" }], stream: true };
    const { text } = await call(raw("llama2", {}, `echo+${fault}`), body);
    const events = eventsOf(text);
    expect(JSON.parse(events.at(-1) ?? "").error.message).toContain(message);
  });

  test("what a prompt cannot say is told", async () => {
    const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
    const { response } = await call(raw("llama2"), { messages: MATHS, tools });
    expect(response.status).toBe(200);
    expect([...response.headers].flat().join(" ")).toContain("tools");
  });

  test("an answer that is none", async () => {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ data: [] }),
    });
    try {
      const url = `http://127.0.0.1:${upstream.port}/x`;
      const { response, text } = await call(raw("llama2", { upstream_url: url }), {
        messages: MATHS,
      });
      expect(response.status).toBe(500);
      expect(JSON.parse(text).error.message).toBe(
        "transformation failed from type llama2://llm/v1/chat: response data is empty from llama2 endpoint",
      );
    } finally {
      await upstream.stop(true);
    }
  });
});

describe("huggingface completions", () => {
  const target = (path: string) => ({
    route_type: "llm/v1/completions",
    model: { provider: "huggingface", name: "m", options: { upstream_url: lab.url + path } },
  });

  test("by a model's path, whole and streamed", async () => {
    const at = target("/hf-inference/models/lab/echo");
    const whole = await call(at, { prompt: "Say hello", max_tokens: 9 });
    expect(JSON.parse(whole.text)).toMatchObject({
      object: "text_completion",
      model: "m",
      choices: [{ text: "Say hello", finish_reason: "stop" }],
    });
    expect(whole.sent).toEqual({
      inputs: "Say hello",
      parameters: { return_full_text: false, details: true, max_new_tokens: 9 },
      stream: false,
    });
    expect(lab.requests[0]?.headers.get("x-wait-for-model")).toBe("false");
    const streamed = await call(at, { prompt: "Say hello", stream: true });
    const events = eventsOf(streamed.text);
    const texts = events.slice(0, -1).map((data) => JSON.parse(data).choices[0].text);
    expect(texts.join("")).toBe("Say hello");
    expect(events.at(-1)).toBe("[DONE]");
  });

  test("at an endpoint of one's own the path says whether to stream", async () => {
    await call(target("/lab/echo/generate"), { prompt: "Say hello", stream: true });
    expect(lab.requests[0]?.path).toBe("/lab/echo/generate_stream");
  });

  test("an error in a 200 is a bad gateway with the vendor's words", async () => {
    const { response, text } = await call(target("/lab/error-in-200/generate"), { prompt: "a b" });
    expect(response.status).toBe(502);
    expect(JSON.parse(text).error.message).toContain("Request failed");
  });

  test("an answer of another shape", async () => {
    const { response, text } = await call(target("/lab/bad-json/generate"), { prompt: "a b" });
    expect(response.status).toBe(500);
    expect(JSON.parse(text).error.message).toBe(
      "transformation failed from type huggingface://llm/v1/completions: Failed to decode response",
    );
  });

  test("a vendor's error status is passed on as it came", async () => {
    const { response, text } = await call(target("/lab/503/generate"), { prompt: "a b" });
    expect(response.status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ estimated_time: 20 });
  });
});
