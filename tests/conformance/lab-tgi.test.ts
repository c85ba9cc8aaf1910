import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ keys: ["hf_lab"] });
});
afterAll(() => lab.stop());

async function post(path: string, body: unknown, key = "hf_lab") {
  const response = await fetch(lab.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text };
}

const asked = (inputs: string, parameters: object = {}) => ({ inputs, parameters });

async function events(path: string, body: object) {
  const { text, type } = await post(path, body);
  expect(type).toBe("text/event-stream");
  return text
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => JSON.parse(frame.slice("data:".length)));
}

describe("the lab as Text Generation Inference", () => {
  test("goes on with a prompt", async () => {
    const { status, text } = await post("/lab/echo/generate", asked("Hello there"));
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ generated_text: "Hello there" });
  });

  test("tells details, and the tokens' alternatives, where they are asked for", async () => {
    const parameters = { details: true, top_n_tokens: 2 };
    const { text } = await post("/lab/echo/generate", asked("Hello there", parameters));
    const { details } = JSON.parse(text);
    expect(details).toMatchObject({ finish_reason: "eos_token", prefill: [] });
    expect(details.tokens.at(-1)).toMatchObject({ text: "</s>", special: true });
    expect(details.top_tokens[0]).toHaveLength(2);
  });

  test("answers in a list at its root, and by a model's path", async () => {
    const body = { ...asked("Hello there"), stream: false };
    expect(JSON.parse((await post("/", body)).text)).toHaveLength(1);
    const path = "/hf-inference/models/lab/echo";
    expect(JSON.parse((await post(path, body)).text)).toEqual([{ generated_text: "Hello there" }]);
  });

  test("reads the templates of Llama 2 and Mistral", async () => {
    const llama = "<s>[INST] <<SYS>>\nBe.\n<</SYS>>\n\na [/INST] b </s><s>[INST] Say it [/INST]";
    const mistral = "<s>[INST] Be.\na [/INST] b</s>[INST] Say it [/INST]";
    for (const prompt of [llama, mistral]) {
      const { text } = await post("/lab/echo/generate", asked(prompt));
      expect(JSON.parse(text)).toEqual({ generated_text: "Say it" });
    }
  });

  test("streams a token an event, the last with the whole text", async () => {
    for (const [path, more] of [
      ["/lab/echo/generate_stream", {}],
      ["/hf-inference/models/lab/echo", { stream: true }],
    ] as const) {
      const got = await events(path, { ...asked("Hello to you all"), ...more });
      const said = got.filter(({ token }) => !token.special).map(({ token }) => token.text);
      expect(said.join("")).toBe("Hello to you all");
      expect(got.at(-1)).toMatchObject({
        generated_text: "Hello to you all",
        details: { finish_reason: "eos_token", input_length: expect.any(Number) },
      });
      expect(got.slice(0, -1).every(({ details }) => details === null)).toBe(true);
    }
  });

  test("stops for its limit and keeps to a grammar", async () => {
    const got = await events("/lab/long/generate_stream", asked("Go on", { max_new_tokens: 3 }));
    expect(got.at(-1)).toMatchObject({ details: { finish_reason: "length", generated_tokens: 3 } });
    const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const grammar = { type: "json", value: schema };
    const { text } = await post("/generate", asked("Give n", { grammar }));
    expect(JSON.parse(JSON.parse(text).generated_text)).toEqual({ n: expect.any(Number) });
  });

  test.each<[string, object]>([
    ["`inputs` cannot be empty", asked("")],
    ["`temperature` must be strictly positive", asked("a", { temperature: 0 })],
    ["`top_p` must be > 0.0 and < 1.0", asked("a", { top_p: 1 })],
    ["`top_k` must be strictly positive", asked("a", { top_k: 0 })],
    ["`top_n_tokens` must be >= 0 and <= 5", asked("a", { top_n_tokens: 6 })],
    ["`stop` supports up to 4 stop sequences", asked("a", { stop: ["1", "2", "3", "4", "5"] })],
  ])("refuses what breaks a rule: %s", async (problem, body) => {
    const { status, text } = await post("/generate", body);
    expect(status).toBe(422);
    expect(JSON.parse(text)).toEqual({
      error: `Input validation error: ${problem}`,
      error_type: "validation",
    });
  });

  test("refuses what it cannot read, in plain text", async () => {
    const missing = await post("/generate", {});
    expect(missing).toMatchObject({ status: 422, text: expect.stringContaining("`inputs`") });
    expect((await post("/generate", "{")).status).toBe(400);
    const wrong = await post("/generate", asked("a", { seed: -1 }));
    expect(wrong).toMatchObject({ status: 422, text: expect.stringContaining("seed") });
  });

  test("refuses an unknown key and an unknown model", async () => {
    expect((await post("/generate", asked("a"), "no")).status).toBe(401);
    expect((await post("/hf-inference/models/lab/nothing", asked("a"))).status).toBe(404);
  });

  test.each<[number, object]>([
    [429, { error: "Model is overloaded", error_type: "overloaded" }],
    [503, { error: "Model lab/503 is currently loading", estimated_time: 20 }],
    [500, { error: expect.stringContaining("generation"), error_type: "generation" }],
  ])("fails with %i as the server does", async (status, body) => {
    const got = await post(`/hf-inference/models/lab/${status}`, asked("a"));
    expect(got.status).toBe(status);
    expect(JSON.parse(got.text)).toEqual(body);
  });

  test("fails within a stream as the server does", async () => {
    const got = await events("/lab/error-in-stream/generate_stream", asked("Hello to all of you"));
    expect(got.at(-1)).toMatchObject({ error: expect.any(String), error_type: expect.any(String) });
  });
});
