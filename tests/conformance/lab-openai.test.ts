import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { AzureOpenAI } from "openai";
import type {
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: OpenAI;

beforeAll(async () => {
  lab = await startLab({ keys: ["sk-lab"] });
  client = clientWith("sk-lab");
});
afterAll(() => lab.stop());

function clientWith(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${lab.url}/v1`, maxRetries: 0, logLevel: "off" });
}

const asking = (content: string): ChatCompletionMessageParam[] => [{ role: "user", content }];

const weather: ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_weather",
    strict: true,
    parameters: {
      type: "object",
      properties: {
        city: { type: "string" },
        days: { type: "integer", minimum: 1, maximum: 5 },
        unit: { type: "string", enum: ["celsius", "fahrenheit"] },
      },
      required: ["city", "days", "unit"],
      additionalProperties: false,
    },
  },
};

interface WeatherQuestion {
  city: string;
  days: number;
  unit: string;
}

describe("the lab, asked by OpenAI's own client", () => {
  test("answers a chat", async () => {
    const reply = await client.chat.completions.create({
      model: "gpt-5",
      messages: asking("Hi, Ada"),
    });
    expect(reply.object).toBe("chat.completion");
    expect(reply.id).toMatch(/^chatcmpl-\w{29}$/);
    expect(reply._request_id).toMatch(/^req_/);
    const [choice] = reply.choices;
    expect(choice?.finish_reason).toBe("stop");
    expect(choice?.message.content).toContain("Hi, Ada");
    expect(reply.usage?.total_tokens).toBe(
      (reply.usage?.prompt_tokens ?? 0) + (reply.usage?.completion_tokens ?? 0),
    );
  });

  test("streams the text and usage it answers at once", async () => {
    for (const model of [
      "gpt-5",
      "lab/multibyte",
      "lab/reasoning",
      "lab/split-every-byte",
      "lab/crlf",
    ]) {
      const body = { model, messages: asking("Wie heißt 東京 auf Deutsch?") };
      const whole = await client.chat.completions.create(body);
      const stream = client.chat.completions.stream({
        ...body,
        stream_options: { include_usage: true },
      });
      const final = await stream.finalChatCompletion();
      expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content ?? "");
      expect(final.usage).toEqual(whole.usage ?? ({} as never));
    }
  });

  test("ends a stream with a chunk of usage only when asked", async () => {
    const body = { model: "gpt-5", messages: asking("Hi"), stream: true } as const;
    const plain = await Array.fromAsync(await client.chat.completions.create(body));
    expect(plain.every((chunk) => !("usage" in chunk) && chunk.choices.length === 1)).toBe(true);
    const counted = await Array.fromAsync(
      await client.chat.completions.create({ ...body, stream_options: { include_usage: true } }),
    );
    const last = counted.pop();
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.prompt_tokens).toBe(4);
    expect(counted.every((chunk) => chunk.usage === null)).toBe(true);
  });

  test("calls a tool, and quotes its result", async () => {
    const messages = asking("How warm is it in Lisbon?");
    const first = await client.chat.completions.create({
      model: "gpt-5",
      messages,
      tools: [weather],
    });
    const message = first.choices[0]?.message;
    const call = message?.tool_calls?.[0];
    if (!message || call?.type !== "function") throw new Error("no function call");
    expect(first.choices[0]?.finish_reason).toBe("tool_calls");
    const input = JSON.parse(call.function.arguments) as WeatherQuestion;
    expect(input.city).toBe("Lisbon");
    expect(input.days).toBeWithin(1, 6);
    expect(["celsius", "fahrenheit"]).toContain(input.unit);

    const second = await client.chat.completions.create({
      model: "gpt-5",
      tools: [weather],
      messages: [
        ...messages,
        message,
        { role: "tool", tool_call_id: call.id, content: "21 degrees" },
      ],
    });
    expect(second.choices[0]?.message.content).toContain("21 degrees");
  });

  test("streams parallel calls, unless told not to", async () => {
    const body = {
      model: "lab/parallel-tools",
      messages: asking("Compare Lisbon and Oslo"),
      tools: [weather],
    };
    const { choices } = await client.chat.completions.stream(body).finalChatCompletion();
    const calls = choices[0]?.message.tool_calls?.filter((call) => call.type === "function") ?? [];
    const cities = calls.map(
      (call) => (JSON.parse(call.function.arguments) as WeatherQuestion).city,
    );
    expect(cities).toEqual(["Lisbon", "Oslo"]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    const one = await client.chat.completions.create({ ...body, parallel_tool_calls: false });
    expect(one.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  test("calls the tool it is told to, or none", async () => {
    const other: ChatCompletionTool = { type: "function", function: { name: "other" } };
    const body = { model: "gpt-5", messages: asking("Hi"), tools: [weather, other] };
    const named = await client.chat.completions.create({
      ...body,
      tool_choice: { type: "function", function: { name: "other" } },
    });
    expect(named.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: "other" },
    });
    const none = await client.chat.completions.create({ ...body, tool_choice: "none" });
    expect(none.choices[0]?.message.tool_calls).toBeUndefined();
  });

  test("hands free text to a custom tool", async () => {
    const reply = await client.chat.completions.create({
      model: "gpt-5",
      messages: asking("print 1"),
      tools: [{ type: "custom", custom: { name: "python" } }],
    });
    expect(reply.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      type: "custom",
      custom: { name: "python", input: "print 1" },
    });
  });

  test("sees images", async () => {
    const url = `data:image/png;base64,${Buffer.from("not really pixels").toString("base64")}`;
    const reply = await client.chat.completions.create({
      model: "gpt-5",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What are these?" },
            { type: "image_url", image_url: { url } },
            { type: "image_url", image_url: { url: "https://example.com/cat.jpg" } },
          ],
        },
      ],
    });
    const text = reply.choices[0]?.message.content;
    expect(text).toContain("image/png with 17 bytes");
    expect(text).toContain("https://example.com/cat.jpg");
  });

  test("answers in the JSON it is asked for", async () => {
    const reply = await client.chat.completions.parse({
      model: "gpt-5",
      messages: asking("A person"),
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "person",
          strict: true,
          schema: {
            type: "object",
            properties: {
              name: { type: "string" },
              age: { type: "integer", minimum: 0, maximum: 120 },
              friends: { type: "array", items: { $ref: "#/$defs/friend" }, minItems: 2 },
            },
            required: ["name", "age", "friends"],
            additionalProperties: false,
            $defs: {
              friend: {
                type: "object",
                properties: { email: { type: "string", format: "email" } },
                required: ["email"],
                additionalProperties: false,
              },
            },
          },
        },
      },
    });
    expect(reply.choices[0]?.message.parsed as unknown).toMatchObject({
      name: expect.any(String),
      age: expect.any(Number),
      friends: [{ email: expect.stringContaining("@") }, { email: expect.stringContaining("@") }],
    });
    const loose = await client.chat.completions.create({
      model: "gpt-5",
      messages: asking("Say it in JSON"),
      response_format: { type: "json_object" },
    });
    expect(JSON.parse(loose.choices[0]?.message.content ?? "")).toMatchObject({
      question: "Say it in JSON",
    });
  });

  test("gives as many choices and log probabilities as asked", async () => {
    const reply = await client.chat.completions.create({
      model: "gpt-4o",
      messages: asking("Hi"),
      n: 3,
      logprobs: true,
      top_logprobs: 2,
    });
    expect(reply.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    const tokens = reply.choices[0]?.logprobs?.content ?? [];
    expect(tokens.map(({ token }) => token).join("")).toBe(reply.choices[0]?.message.content ?? "");
    expect(tokens.every((token) => token.top_logprobs.length === 2)).toBe(true);
  });

  test("stops at stop sequences and at the token limit", async () => {
    const body = { model: "lab/echo", messages: asking("one two three four five") };
    const stopped = await client.chat.completions.create({ ...body, stop: [" four"] });
    expect(stopped.choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: "one two three" },
    });
    const cut = await client.chat.completions.create({ ...body, max_completion_tokens: 2 });
    expect(cut.choices[0]).toMatchObject({
      finish_reason: "length",
      message: { content: "one two" },
    });
    expect(cut.usage?.completion_tokens).toBe(2);
  });

  test("refuses, filters, reasons and caches by model name", async () => {
    const ask = (model: string) =>
      client.chat.completions.create({ model, messages: asking("Tell me about the sea, please") });
    expect((await ask("lab/refusal")).choices[0]?.message).toMatchObject({
      content: null,
      refusal: expect.stringContaining("sorry"),
    });
    expect((await ask("lab/content-filter")).choices[0]?.finish_reason).toBe("content_filter");
    const reasoned = await ask("lab/reasoning");
    expect(reasoned.choices[0]?.message).toHaveProperty("reasoning_content");
    expect(reasoned.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
    expect((await ask("lab/cached")).usage?.prompt_tokens_details?.cached_tokens).toBe(6);
  });

  test("answers the older functions as functions", async () => {
    const reply = await client.chat.completions.create({
      model: "gpt-5",
      messages: asking("Hi"),
      functions: [{ name: "greet", parameters: { type: "object", properties: {} } }],
    });
    expect(reply.choices[0]).toMatchObject({
      finish_reason: "function_call",
      message: { function_call: { name: "greet", arguments: "{}" } },
    });
  });

  test("completes a prompt, whole and streamed", async () => {
    const body = { model: "lab/echo", prompt: "Once upon a time" };
    const whole = await client.completions.create(body);
    expect(whole.choices[0]).toMatchObject({ text: "Once upon a time", finish_reason: "stop" });
    const pieces = await Array.fromAsync(
      await client.completions.create({ ...body, stream: true }),
    );
    expect(pieces.map((piece) => piece.choices[0]?.text).join("")).toBe("Once upon a time");
    expect(pieces.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  test("lists and retrieves models", async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toContain("echo");
    expect((await client.models.retrieve("lab/echo")).object).toBe("model");
    const missing = await client.models.retrieve("lab/none-such").catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(OpenAI.NotFoundError);
  });

  test.each([
    ["lab/400", OpenAI.BadRequestError],
    ["lab/401", OpenAI.AuthenticationError],
    ["lab/403", OpenAI.PermissionDeniedError],
    ["lab/404", OpenAI.NotFoundError],
    ["lab/none-such", OpenAI.NotFoundError],
    ["lab/422", OpenAI.UnprocessableEntityError],
    ["lab/429", OpenAI.RateLimitError],
    ["lab/500", OpenAI.InternalServerError],
    ["lab/503", OpenAI.InternalServerError],
    ["lab/reset-before-headers", OpenAI.APIConnectionError],
    ["lab/reset-mid-headers", OpenAI.APIConnectionError],
  ])("%s is the client's own error", async (model, kind) => {
    const attempt = client.chat.completions.create({ model, messages: asking("Hi") });
    expect(await attempt.catch((error: unknown) => error)).toBeInstanceOf(kind);
  });

  test("tells a wrong key from a missing one", async () => {
    const attempt = clientWith("sk-wrong-and-long").models.list();
    const error = await attempt.then(undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: "invalid_api_key" });
    expect((await fetch(`${lab.url}/v1/models`)).status).toBe(401);
  });

  test("an error inside a stream is thrown by the client", async () => {
    for (const model of ["lab/error-in-stream", "lab/error-first"]) {
      const stream = await client.chat.completions.create({
        model,
        stream: true,
        messages: asking("Hi"),
      });
      const error = await Array.fromAsync(stream).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.APIError);
    }
  });

  test("fails the first calls only", async () => {
    const call = () =>
      client.chat.completions.create({ model: "lab/fail-first-2+echo", messages: asking("again") });
    expect(await call().catch((error: unknown) => error)).toBeInstanceOf(
      OpenAI.InternalServerError,
    );
    expect(await call().catch((error: unknown) => error)).toBeInstanceOf(
      OpenAI.InternalServerError,
    );
    expect((await call()).choices[0]?.message.content).toBe("again");
  });

  test("notices a client that leaves", async () => {
    const stream = await client.chat.completions.create({
      model: "lab/endless",
      stream: true,
      messages: asking("Hi"),
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    const request = await lab.waitForRequest(({ body }) => body.includes("lab/endless"));
    expect(await request.outcome).toBe("client-left");
  });

  test("notices a client that leaves before the first byte", async () => {
    const abort = new AbortController();
    const attempt = client.chat.completions.create(
      { model: "lab/stall-headers", messages: asking("Hi") },
      { signal: abort.signal },
    );
    const rejected = attempt.catch((error: unknown) => error);
    const request = await lab.waitForRequest(({ body }) => body.includes("lab/stall-headers"));
    abort.abort();
    expect(await rejected).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(await request.outcome).toBe("client-left");
  });
});

describe("the lab, asked by OpenAI's client for Azure", () => {
  const azureWith = (apiKey: string) =>
    new AzureOpenAI({
      endpoint: lab.url,
      apiKey,
      apiVersion: "2024-10-21",
      deployment: "echo",
      maxRetries: 0,
    });

  test("answers for a deployment, with the filters' verdicts", async () => {
    const reply = await azureWith("sk-lab").chat.completions.create({
      model: "echo",
      messages: asking("Hi, Azure"),
    });
    expect(reply.choices[0]?.message.content).toBe("Hi, Azure");
    expect(reply).toHaveProperty("prompt_filter_results");
    expect(reply.choices[0]).toHaveProperty("content_filter_results.hate.severity", "safe");
  });

  test("opens a stream with the verdict on the prompt", async () => {
    const chunks = await Array.fromAsync(
      await azureWith("sk-lab").chat.completions.create({
        model: "echo",
        messages: asking("Hi, Azure"),
        stream: true,
      }),
    );
    expect(chunks[0]).toMatchObject({ id: "", choices: [] });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("Hi, Azure");
  });

  test("refuses a wrong key, and a request without an API version, in Azure's words", async () => {
    const attempt = azureWith("wrong").chat.completions.create({
      model: "echo",
      messages: asking("Hi"),
    });
    expect(await attempt.catch((error: unknown) => error)).toMatchObject({
      status: 401,
      code: "401",
    });
    const reply = await fetch(`${lab.url}/openai/deployments/echo/chat/completions`, {
      method: "POST",
    });
    expect(reply.status).toBe(404);
  });
});
