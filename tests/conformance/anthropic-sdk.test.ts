import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { startGateway, type TestGateway } from "../gateway.ts";

let lab: Lab;
let gateway: TestGateway;
let client: Anthropic;

beforeAll(async () => {
  lab = await startLab({ keys: ["sk-vendor"] });
  const key = "sk-vendor";
  gateway = await startGateway({
    providers: {
      openai: { key, url: `${lab.url}/v1` },
      anthropic: { key, url: `${lab.url}/v1` },
      gemini: { key },
    },
    models: {
      house: "openai/gpt-4o-mini",
      several: ["openai/gpt-4o-mini", "anthropic/lab/echo"],
      openai: "openai/gpt-4o-mini",
      anthropic: "anthropic/claude-sonnet-4-5",
      gemini: geminiAt(lab.url),
      "openai-busy": "openai/lab/429",
      "anthropic-busy": "anthropic/lab/429",
      "gemini-busy": geminiAt(`${lab.url}/lab/429`),
    },
  });
  client = new Anthropic({
    apiKey: "sk-client",
    baseURL: gateway.url,
    maxRetries: 0,
    logLevel: "off",
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});
beforeEach(() => lab.reset());

function geminiAt(url: string) {
  const upstream_url = `${url}/v1beta/models/gemini-2.5-flash:generateContent`;
  return { use: "gemini/gemini-2.5-flash", options: { upstream_url } };
}

const TOOL: Anthropic.Tool = {
  name: "get_weather",
  input_schema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};

const asking = (content: string) => ({
  max_tokens: 1024,
  messages: [{ role: "user" as const, content }],
});

async function failureOf(promise: Promise<unknown>): Promise<APIError> {
  const failure = await promise.catch((error: unknown) => error);
  if (!(failure instanceof APIError)) throw new Error(`no API error: ${String(failure)}`);
  return failure;
}

describe.each(["openai", "anthropic", "gemini"])("Anthropic's client, answered by %s", (model) => {
  test("an answer", async () => {
    const answer = await client.messages.create({
      model,
      system: [{ type: "text", text: "Be brief." }],
      max_tokens: 99,
      messages: [
        { role: "user", content: "One" },
        { role: "assistant", content: "Two" },
        { role: "user", content: "Three" },
      ],
    });
    expect(answer).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn" });
    const [block] = answer.content;
    expect(block?.type === "text" && block.text).toContain("Three");
    expect(answer.usage.input_tokens).toBeGreaterThan(0);
    expect(answer.usage.output_tokens).toBeGreaterThan(0);
  });

  test("a stream says what the whole answer says", async () => {
    const body = { model, ...asking("Wie heißt 東京 auf Deutsch?") };
    const whole = await client.messages.create(body);
    const streamed = await client.messages.stream(body).finalMessage();
    const texts = ({ content }: Anthropic.Message) =>
      content.map((block) => (block.type === "text" ? block.text : block.type));
    expect(texts(streamed)).toEqual(texts(whole));
    expect(streamed.stop_reason).toBe(whole.stop_reason);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  test("tools called at once, and their results out of order", async () => {
    const body = { model, tools: [TOOL], ...asking("Compare Lisbon and Oslo, both at once") };
    const whole = await client.messages.create(body);
    const streamed = await client.messages.stream(body).finalMessage();
    for (const answer of [whole, streamed]) {
      expect(answer.stop_reason).toBe("tool_use");
      const calls = answer.content.filter((block) => block.type === "tool_use");
      expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_weather"]);
      expect(calls.map(({ input }) => input)).toEqual([{ city: "Lisbon" }, { city: "Oslo" }]);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      const results = calls
        .map(({ id, input }) => ({
          type: "tool_result" as const,
          tool_use_id: id,
          content: `${JSON.stringify(input)} has 21 degrees`,
        }))
        .reverse();
      const next = await client.messages.create({
        ...body,
        messages: [
          ...body.messages,
          { role: "assistant", content: answer.content },
          { role: "user", content: results },
        ],
      });
      expect(JSON.stringify(next.content)).toContain("21 degrees");
    }
  });

  test("a vendor's error has Anthropic's shape and the vendor's status", async () => {
    for (const stream of [false, true]) {
      const body = { model: `${model}-busy`, stream, ...asking("Hi") };
      const failure = await failureOf(client.messages.create(body));
      expect([failure.status, failure.type]).toEqual([429, "rate_limit_error"]);
    }
  });

  test("how long a prompt is", async () => {
    if (model === "anthropic") return;
    const short = await client.messages.countTokens({ model, messages: asking("Hi").messages });
    const long = await client.messages.countTokens({
      model,
      system: "Be brief. ".repeat(40),
      messages: asking("Hi").messages,
    });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens - short.input_tokens).toBe(100);
    expect(lab.requests).toEqual([]);
  });
});

describe("what goes to Anthropic goes as it came", () => {
  test("body, beta and version, once each", async () => {
    const body = JSON.stringify({
      model: "claude-sonnet-4-5",
      max_tokens: 9,
      system: [
        { type: "text", text: "x-anthropic-billing-header: a" },
        { type: "text", text: "b", cache_control: { type: "ephemeral" } },
      ],
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    }).replace("{", "{ ");
    const response = await gateway.post("/anthropic/v1/messages?beta=true", body, {
      headers: { "anthropic-version": "2023-06-01", "anthropic-beta": "Some-New-Beta-2027" },
    });
    expect([response.status, await response.clone().text()]).toEqual([200, expect.any(String)]);
    const [sent] = lab.requests;
    expect(sent?.body).toBe(body);
    expect(sent?.headers.get("anthropic-beta")).toBe("Some-New-Beta-2027");
    expect(sent?.headers.get("anthropic-version")).toBe("2023-06-01");
  });

  test("no other vendor sees what is Anthropic's own", async () => {
    await client.messages.create(
      { model: "house", ...asking("Hi") },
      { headers: { "anthropic-beta": "a" } },
    );
    const names = [...(lab.requests[0]?.headers.keys() ?? [])];
    expect(names.filter((name) => name.startsWith("anthropic-"))).toEqual([]);
  });
});

describe("what the gateway itself refuses has Anthropic's shape", () => {
  test("a model that nobody serves", async () => {
    const failure = await failureOf(client.messages.create({ model: "hous", ...asking("Hi") }));
    expect([failure.status, failure.type]).toEqual([404, "not_found_error"]);
    expect(failure.message).toContain("Did you mean 'house'?");
  });

  test("a path, a method, a body", async () => {
    const batches = await failureOf(client.messages.batches.create({ requests: [] }));
    expect([batches.status, batches.type]).toEqual([404, "not_found_error"]);
    expect(batches.message).toContain("Anthropic's Message Batches");
    const get = await fetch(`${gateway.url}/v1/messages`);
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
    expect(await get.json()).toMatchObject({ type: "error" });
    const unread = await gateway.post("/v1/messages", "{");
    expect([unread.status, await unread.json()]).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error" }, request_id: expect.any(String) },
    ]);
  });

  test("a caller without a key, and one whose key takes each of the vendor's headers", async () => {
    await using keyed = await startGateway({
      providers: { openai: { key: "sk-vendor", url: `${lab.url}/v1` } },
      keys: { web: { key: "dg-web-key-1" } },
    });
    const body = { model: "openai/gpt-4o-mini", ...asking("Hi") };
    const by = (credential: object) =>
      new Anthropic({ baseURL: keyed.url, maxRetries: 0, logLevel: "off", ...credential }).messages;
    const failure = await failureOf(by({ apiKey: "wrong" }).create(body));
    expect([failure.status, failure.type]).toEqual([401, "authentication_error"]);
    for (const credential of [{ apiKey: "dg-web-key-1" }, { authToken: "dg-web-key-1" }]) {
      const answer = await by({ apiKey: null, ...credential }).create(body);
      expect(answer.type).toBe("message");
    }
  });
});

test("the models that a key may call, in Anthropic's shape", async () => {
  const page = await client.models.list({ limit: 1000 });
  expect(page.data).toContainEqual({
    type: "model",
    id: "house",
    display_name: "house",
    created_at: "1970-01-01T00:00:00Z",
  } as Anthropic.ModelInfo);
  expect(page).toMatchObject({ has_more: false, first_id: "house" });
  expect(await client.models.retrieve("house")).toMatchObject({ id: "house", type: "model" });
  const failure = await failureOf(client.models.retrieve("hous"));
  expect([failure.status, failure.type]).toEqual([404, "not_found_error"]);
  const plain = await fetch(`${gateway.url}/v1/models`);
  expect(await plain.json()).toMatchObject({ object: "list" });
});

test("several targets of different dialects answer alike, and count", async () => {
  for (let call = 0; call < 3; call += 1) {
    const answer = await client.messages.create({ model: "several", ...asking("Hi there") });
    expect(JSON.stringify(answer.content)).toContain("Hi there");
  }
  const counted = await client.messages.countTokens({
    model: "several",
    messages: asking("Hi").messages,
  });
  expect(counted.input_tokens).toBeGreaterThan(0);
});
