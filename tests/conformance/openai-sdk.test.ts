import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type {
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { startGateway, type TestGateway } from "../gateway.ts";

let lab: Lab;
let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  lab = await startLab({ keys: ["sk-vendor"] });
  gateway = await startGateway({
    providers: {
      openai: { key: "sk-vendor", url: `${lab.url}/v1` },
      wrong: { type: "openai", key: "sk-wrong", url: `${lab.url}/v1` },
    },
    models: { house: "openai/lab/echo", "house-stale": "wrong/lab/echo" },
    list_models: "all",
  });
  client = new OpenAI({
    apiKey: "sk-client",
    baseURL: `${gateway.url}/v1`,
    maxRetries: 0,
    logLevel: "off",
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});
beforeEach(() => lab.reset());

const asking = (content: string): ChatCompletionMessageParam[] => [{ role: "user", content }];

const weather: ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};

describe("OpenAI's own client against the gateway", () => {
  test("a chat", async () => {
    const reply = await client.chat.completions.create({
      model: "openai/lab/echo",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "One" },
        { role: "assistant", content: "Two" },
        { role: "user", content: "Three" },
      ],
    });
    expect(reply.object).toBe("chat.completion");
    expect(reply.model).toBe("lab/echo");
    expect(reply.choices[0]).toMatchObject({
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: "Three" },
    });
    expect(reply.usage?.total_tokens).toBeGreaterThan(0);
    expect(lab.requests[0]?.headers.get("authorization")).toBe("Bearer sk-vendor");
  });

  test("a configured name, and a vendor's", async () => {
    for (const model of ["house", "gpt-5"]) {
      const reply = await client.chat.completions.create({ model, messages: asking("Hi") });
      expect(reply.choices[0]?.message.content).toContain("Hi");
    }
    expect(lab.requests.map(({ body }) => JSON.parse(body).model)).toEqual(["lab/echo", "gpt-5"]);
  });

  test.each(["gpt-5", "lab/multibyte", "lab/reasoning", "lab/split-every-byte", "lab/crlf"])(
    "a stream of %s says what the whole answer says",
    async (model) => {
      const body = { model: `openai/${model}`, messages: asking("Wie heißt 東京 auf Deutsch?") };
      const whole = await client.chat.completions.create(body);
      const final = await client.chat.completions
        .stream({ ...body, stream_options: { include_usage: true } })
        .finalChatCompletion();
      expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content ?? "");
      expect(final.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason ?? "stop");
      expect(final.usage?.total_tokens).toBe(whole.usage?.total_tokens ?? 0);
    },
  );

  test("a stream has usage only when it is asked for", async () => {
    const body = { model: "house", messages: asking("Hi"), stream: true } as const;
    const plain = await Array.fromAsync(await client.chat.completions.create(body));
    expect(plain.every(({ choices, usage }) => choices.length === 1 && !usage)).toBe(true);
    const counted = await Array.fromAsync(
      await client.chat.completions.create({ ...body, stream_options: { include_usage: true } }),
    );
    expect(counted.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 4 } });
  });

  test("a tool, and its result", async () => {
    const messages = asking("How warm is it in Lisbon?");
    const body = { model: "openai/gpt-5", tools: [weather] };
    const first = await client.chat.completions.create({ ...body, messages });
    const message = first.choices[0]?.message;
    const call = message?.tool_calls?.[0];
    if (!message || call?.type !== "function") throw new Error("no function call");
    expect(first.choices[0]?.finish_reason).toBe("tool_calls");
    expect(JSON.parse(call.function.arguments)).toEqual({ city: "Lisbon" });
    const second = await client.chat.completions.create({
      ...body,
      messages: [
        ...messages,
        message,
        { role: "tool", tool_call_id: call.id, content: "21 degrees" },
      ],
    });
    expect(second.choices[0]?.message.content).toContain("21 degrees");
  });

  test("parallel tools, whole and streamed", async () => {
    const body = {
      model: "openai/lab/parallel-tools",
      messages: asking("Compare Lisbon and Oslo"),
      tools: [weather],
    };
    const whole = await client.chat.completions.create(body);
    const streamed = await client.chat.completions.stream(body).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.finish_reason).toBe("tool_calls");
      const calls = choices[0]?.message.tool_calls ?? [];
      expect(calls.map((call) => call.type === "function" && call.function.arguments)).toEqual([
        '{"city":"Lisbon"}',
        '{"city":"Oslo"}',
      ]);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    }
  });

  test("an image", async () => {
    const url = `data:image/png;base64,${Buffer.from("not really pixels").toString("base64")}`;
    const reply = await client.chat.completions.create({
      model: "openai/gpt-5",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url } },
          ],
        },
      ],
    });
    expect(reply.choices[0]?.message.content).toContain("image/png with 17 bytes");
  });

  test("a JSON schema", async () => {
    const reply = await client.chat.completions.parse({
      model: "openai/gpt-5",
      messages: asking("A person"),
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "person",
          strict: true,
          schema: {
            type: "object",
            properties: { name: { type: "string" }, age: { type: "integer" } },
            required: ["name", "age"],
            additionalProperties: false,
          },
        },
      },
    });
    expect(reply.choices[0]?.message.parsed as unknown).toMatchObject({
      name: expect.any(String),
      age: expect.any(Number),
    });
  });

  test.each([
    [{ max_completion_tokens: 2 }, "length"],
    [{ stop: [" four"] }, "stop"],
  ] as const)("an end for each reason: %j", async (more, reason) => {
    const body = { model: "house", messages: asking("one two three four five"), ...more };
    const [choice] = (await client.chat.completions.create(body as typeof body & { stop: never }))
      .choices;
    expect(choice?.finish_reason).toBe(reason);
  });

  test("a completion, whole and streamed", async () => {
    const body = { model: "openai/lab/echo", prompt: "Once upon a time" };
    const whole = await client.completions.create(body);
    expect(whole.choices[0]).toMatchObject({ text: "Once upon a time", finish_reason: "stop" });
    const pieces = await Array.fromAsync(
      await client.completions.create({ ...body, stream: true }),
    );
    expect(pieces.map(({ choices }) => choices[0]?.text).join("")).toBe("Once upon a time");
    expect(pieces.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  test("the models there are, and one of them", async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(["house", "house-stale"]);
    expect(ids).toContain("openai/echo");
    expect(await client.models.retrieve("house")).toMatchObject({ id: "house", object: "model" });
    expect(await client.models.retrieve("openai/echo")).toMatchObject({ owned_by: "openai" });
    const missing = await client.models.retrieve("nobody").catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(OpenAI.NotFoundError);
    const deleted = await client.models.delete("house").catch((error: unknown) => error);
    expect(deleted).toBeInstanceOf(OpenAI.APIError);
    expect(deleted).toHaveProperty("status", 405);
  });
});

describe("errors, as OpenAI's own client sees them", () => {
  const thrown = (model: string, stream = false): Promise<unknown> =>
    client.chat.completions.create({ model, messages: asking("Hi"), stream }).then(
      () => undefined,
      (error: unknown) => error,
    );

  test.each([
    [
      "400",
      OpenAI.BadRequestError,
      "400 Invalid request: the lab was asked to refuse this model's calls.",
    ],
    ["403", OpenAI.PermissionDeniedError, /^403 /],
    ["404", OpenAI.NotFoundError, /^404 The model `.*` does not exist/],
    ["422", OpenAI.UnprocessableEntityError, /^422 /],
    ["429", OpenAI.RateLimitError, /^429 Rate limit reached/],
    [
      "500",
      OpenAI.InternalServerError,
      /^500 The server had an error while processing your request/,
    ],
    ["503", OpenAI.InternalServerError, /^503 /],
  ])("a vendor's %s, whole and streamed", async (status, kind, message) => {
    for (const stream of [false, true]) {
      const error = await thrown(`openai/lab/${status}`, stream);
      expect(error).toBeInstanceOf(kind);
      if (!(error instanceof OpenAI.APIError)) throw error;
      expect(error.status).toBe(Number(status));
      expect(error.message).toMatch(message);
    }
  });

  test("a vendor that refuses the gateway's key", async () => {
    const error = await thrown("house-stale");
    expect(error).toMatchObject({ status: 502, code: "upstream_auth_failed" });
    expect(String(error)).toContain("'wrong'");
    expect(String(error)).not.toContain("sk-wrong");
  });

  test("a model that nobody serves", async () => {
    const own = await startGateway({
      providers: {
        openai: { key: "k", url: `${lab.url}/v1` },
        mistral: { key: "k", url: `${lab.url}/v1`, format: "openai" },
      },
      models: { house: "openai/lab/echo" },
    });
    try {
      const other = new OpenAI({ apiKey: "k", baseURL: `${own.url}/v1`, maxRetries: 0 });
      const asked = other.chat.completions.create({ model: "huose", messages: asking("Hi") });
      const error = await asked.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error).toMatchObject({ code: "model_not_found", param: "model" });
      expect(String(error)).toContain("Did you mean 'house'?");
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test("a request without a prompt", async () => {
    const asked = client.chat.completions.create({ model: "house", messages: [] });
    const error = await asked.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toHaveProperty("message", "400 request body doesn't contain valid prompts");
    expect(error).toHaveProperty("type", "invalid_request_error");
  });

  test("an upstream that is gone, and one that answers nonsense", async () => {
    expect(await thrown("openai/lab/reset-before-headers")).toMatchObject({ status: 502 });
    expect(await thrown("openai/lab/bad-json")).toMatchObject({ status: 500 });
  });

  test.each(["error-in-stream", "eof-mid-stream", "reset-mid-stream+slow-5"])(
    "a stream that breaks is an error: %s",
    async (fault) => {
      const stream = await client.chat.completions.create({
        model: `openai/lab/${fault}`,
        messages: asking("Hi"),
        stream: true,
      });
      const read = Array.fromAsync(stream);
      expect(await read.catch((error: unknown) => error)).toBeInstanceOf(OpenAI.APIError);
    },
  );
});

describe("a client that gives up", () => {
  test("in a stream: the upstream is left at once", async () => {
    const stream = await client.chat.completions.create({
      model: "openai/lab/endless+slow-1",
      messages: asking("Hi"),
      stream: true,
    });
    let read = 0;
    for await (const _ of stream) if (++read === 3) break;
    const leftAtMs = performance.now();
    expect(await lab.requests[0]?.outcome).toBe("client-left");
    expect(performance.now() - leftAtMs).toBeLessThan(1_000);
  });

  test("before the first byte", async () => {
    const control = new AbortController();
    const body = { model: "openai/lab/stall", messages: asking("Hi") };
    const asked = client.chat.completions.create(body, { signal: control.signal });
    const error = asked.catch((caught: unknown) => caught);
    const request = await lab.waitForRequest();
    const leftAtMs = performance.now();
    control.abort();
    expect(await error).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(await request.outcome).toBe("client-left");
    expect(performance.now() - leftAtMs).toBeLessThan(1_000);
  });
});
