import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ApiError, type Content, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { startGateway, type TestGateway } from "../gateway.ts";

let lab: Lab;
let gateway: TestGateway;
let client: GoogleGenAI;

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
      openai: "openai/gpt-4o-mini",
      anthropic: "anthropic/claude-sonnet-4-5",
      gemini: geminiAt(lab.url),
      "openai-busy": "openai/lab/429",
      "anthropic-busy": "anthropic/lab/429",
      "gemini-busy": geminiAt(`${lab.url}/lab/429`),
    },
  });
  client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: `${gateway.url}/gemini` } });
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

const tools = [
  {
    functionDeclarations: [
      {
        name: "get_weather",
        parametersJsonSchema: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
        },
      },
    ],
  },
];

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const failure = await promise.catch((error: unknown) => error);
  if (!(failure instanceof ApiError)) throw new Error(`no API error: ${String(failure)}`);
  return failure;
}

describe.each(["openai", "anthropic", "gemini"])("Google's client, answered by %s", (model) => {
  test("an answer, with the last question of several", async () => {
    const answer = await client.models.generateContent({
      model,
      contents: [
        { role: "user", parts: [{ text: "One" }] },
        { role: "model", parts: [{ text: "Two" }] },
        { role: "user", parts: [{ text: "Three" }] },
      ],
      config: { systemInstruction: "Be brief.", maxOutputTokens: 99 },
    });
    expect(answer.text).toContain("Three");
    expect(answer.candidates?.[0]?.finishReason as unknown).toBe("STOP");
    expect(answer.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
  });

  test("a stream says what the whole answer says", async () => {
    const asked = { model, contents: "Wie heißt 東京 auf Deutsch?" };
    const whole = await client.models.generateContent(asked);
    const pieces = await Array.fromAsync(await client.models.generateContentStream(asked));
    expect(pieces.map(({ text }) => text ?? "").join("")).toBe(whole.text ?? "");
    expect(pieces.at(-1)?.candidates?.[0]?.finishReason).toBe(whole.candidates?.[0]?.finishReason);
    expect(pieces.at(-1)?.usageMetadata?.totalTokenCount).toBe(
      whole.usageMetadata?.totalTokenCount,
    );
  });

  test("tools called at once, and their results", async () => {
    const contents: Content[] = [
      { role: "user", parts: [{ text: "Compare Lisbon and Oslo, both at once" }] },
    ];
    const config = {
      tools,
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
    };
    const answer = await client.models.generateContent({ model, contents, config });
    const calls = answer.functionCalls ?? [];
    expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_weather"]);
    expect(calls.map(({ args }) => args)).toEqual([{ city: "Lisbon" }, { city: "Oslo" }]);
    const [said] = answer.candidates ?? [];
    const parts = calls.map(({ id, name = "", args }) => ({
      functionResponse: {
        ...(id !== undefined && { id }),
        name,
        response: { output: `${String(args?.["city"])} has 21 degrees` },
      },
    }));
    const next = await client.models.generateContent({
      model,
      contents: [...contents, said?.content ?? {}, { role: "user", parts }],
      config,
    });
    expect(next.text).toContain("21 degrees");
  });

  test("a vendor's error has Gemini's shape and the vendor's status", async () => {
    const asked = { model: `${model}-busy`, contents: "Hi" };
    for (const promise of [
      client.models.generateContent(asked),
      client.models.generateContentStream(asked),
    ]) {
      const failure = await failureOf(promise);
      expect(failure.status).toBe(429);
      expect(failure.message).toContain('"status":"RESOURCE_EXHAUSTED"');
    }
  });
});

test("how long a prompt is", async () => {
  const { totalTokens } = await client.models.countTokens({ model: "openai", contents: "Hi you" });
  expect(totalTokens).toBeGreaterThan(0);
  expect(lab.requests).toEqual([]);
});

test("the models, each by its name", async () => {
  const names: unknown[] = [];
  for await (const { name } of await client.models.list()) names.push(name);
  expect(names).toContain("models/openai");
  expect(await client.models.get({ model: "openai" })).toMatchObject({ name: "models/openai" });
  const failure = await failureOf(client.models.get({ model: "opena" }));
  expect(failure.message).toContain("Did you mean 'openai'?");
});

test("the request goes to Gemini as it came, under its own model's name", async () => {
  const body = JSON.stringify({ contents: [{ parts: [{ text: "Hi" }] }], safetySettings: [] });
  const path = "/v1beta/models/gemini:generateContent";
  const spaced = body.replace("{", "{ ");
  expect((await gateway.post(path, spaced)).status).toBe(200);
  expect(lab.requests[0]).toMatchObject({
    path: "/v1beta/models/gemini-2.5-flash:generateContent",
    body: spaced,
  });
});

test("a provider's model is named with a slash, and other operations are refused by name", async () => {
  const answer = await client.models.generateContent({
    model: "openai/gpt-4o-mini",
    contents: "Hi there",
  });
  expect(answer.text).toContain("Hi there");
  expect(JSON.parse(lab.requests[0]?.body ?? "{}")).toMatchObject({ model: "gpt-4o-mini" });
  expect(lab.requests[0]?.path).toBe("/v1/chat/completions");
  const failure = await failureOf(client.models.embedContent({ model: "openai", contents: "a" }));
  expect(failure.status).toBe(404);
  expect(failure.message).toContain("Gemini's embedContent");
  const unknown = await failureOf(client.models.generateContent({ model: "opena", contents: "a" }));
  expect(unknown.status).toBe(404);
  expect(unknown.message).toContain("Did you mean 'openai'?");
});
