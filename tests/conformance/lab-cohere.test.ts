import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Cohere, CohereClient, CohereClientV2, CohereError } from "cohere-ai";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: CohereClientV2;
let first: CohereClient;

beforeAll(async () => {
  lab = await startLab({ keys: ["co-lab"] });
  client = new CohereClientV2(settings("co-lab"));
  first = new CohereClient(settings("co-lab"));
});
afterAll(() => lab.stop());

function settings(token: string) {
  return { token, environment: lab.url, maxRetries: 0 };
}

const asking = (content: string): Cohere.ChatMessages => [{ role: "user", content }];

const weather: Cohere.ToolV2 = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 1, maximum: 5 } },
      required: ["city", "days"],
    },
  },
};

function textOf(message: Cohere.AssistantMessageResponse | undefined): string {
  const texts = message?.content?.map((item) => (item.type === "text" ? item.text : "")) ?? [];
  return texts.join("");
}

async function streamed(request: Cohere.V2ChatStreamRequest) {
  const events = await Array.fromAsync(await client.chatStream(request));
  const text = events.map((event) =>
    event.type === "content-delta" ? (event.delta?.message?.content?.text ?? "") : "",
  );
  const end = events.findLast((event) => event.type === "message-end");
  return { events, text: text.join(""), end: end?.type === "message-end" ? end.delta : undefined };
}

describe("the lab, asked by Cohere's own client", () => {
  test("answers a chat of several turns", async () => {
    const reply = await client.chat({
      model: "command-a-03-2025",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello" },
        { role: "user", content: [{ type: "text", text: "Hi again, Ada" }] },
      ],
    });
    expect(reply.id).toMatch(/^[0-9a-f]{8}-/);
    expect(reply.finishReason).toBe("COMPLETE");
    expect(textOf(reply.message)).toContain("Hi again, Ada");
    expect(textOf(reply.message)).toContain("turn 2");
    expect(reply.usage?.billedUnits?.inputTokens).toBeGreaterThan(0);
    expect(reply.usage?.tokens?.inputTokens).toBeGreaterThan(
      reply.usage?.billedUnits?.inputTokens ?? 0,
    );
  });

  test("streams the text and usage it answers at once", async () => {
    for (const model of [
      "command-a-03-2025",
      "lab/multibyte",
      "lab/split-every-byte",
      "lab/crlf",
    ]) {
      const body = { model, messages: asking("Wie heißt 東京 auf Deutsch?") };
      const whole = await client.chat(body);
      const { text, end, events } = await streamed(body);
      expect(text).toBe(textOf(whole.message));
      expect(end?.usage).toEqual(whole.usage);
      expect(end?.finishReason).toBe(whole.finishReason);
      expect(events[0]).toMatchObject({ type: "message-start", id: expect.any(String) });
    }
  });

  test("calls a tool, and quotes its result", async () => {
    const messages = asking("How warm is it in Lisbon?");
    const body = { model: "command-a-03-2025", tools: [weather] };
    const { message, finishReason } = await client.chat({ ...body, messages });
    const call = message.toolCalls?.[0];
    if (!call?.id) throw new Error("no call");
    expect(finishReason).toBe("TOOL_CALL");
    expect(message.toolPlan).toContain("tools");
    expect(JSON.parse(call.function?.arguments ?? "")).toMatchObject({ city: "Lisbon" });
    const second = await client.chat({
      ...body,
      messages: [
        ...messages,
        { role: "assistant", toolCalls: [call], toolPlan: message.toolPlan ?? "" },
        {
          role: "tool",
          toolCallId: call.id,
          content: [{ type: "document", document: { data: { celsius: 21 } } }],
        },
      ],
    });
    expect(textOf(second.message)).toContain("21");
  });

  test("streams parallel calls in pieces", async () => {
    const { events, end } = await streamed({
      model: "lab/parallel-tools",
      messages: asking("Compare Lisbon and Oslo"),
      tools: [weather],
      toolChoice: "REQUIRED",
    });
    const inputs = ["", ""];
    for (const event of events) {
      if (event.type !== "tool-call-delta") continue;
      const piece = event.delta?.message?.toolCalls?.function?.arguments ?? "";
      inputs[event.index ?? 0] += piece;
    }
    expect(inputs.map((input) => JSON.parse(input).city)).toEqual(["Lisbon", "Oslo"]);
    expect(events.some((event) => event.type === "tool-plan-delta")).toBe(true);
    expect(end?.finishReason).toBe("TOOL_CALL");
  });

  test("calls no tool when told so", async () => {
    const reply = await client.chat({
      model: "command-a-03-2025",
      messages: asking("Hi"),
      tools: [weather],
      toolChoice: "NONE",
    });
    expect(reply.message.toolCalls).toBeUndefined();
  });

  test("sees images", async () => {
    const data = Buffer.from("not really pixels").toString("base64");
    const reply = await client.chat({
      model: "command-a-vision-07-2025",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What are these?" },
            { type: "image_url", imageUrl: { url: `data:image/png;base64,${data}` } },
            { type: "image_url", imageUrl: { url: "https://example.com/cat.jpg", detail: "low" } },
          ],
        },
      ],
    });
    expect(textOf(reply.message)).toContain("image/png with 17 bytes");
    expect(textOf(reply.message)).toContain("https://example.com/cat.jpg");
  });

  test("cites the documents it is given, whole and streamed", async () => {
    const body = {
      model: "command-a-03-2025",
      messages: asking("Who?"),
      documents: [{ id: "facts", data: { title: "Facts", snippet: "Ada." } }],
    };
    const reply = await client.chat(body);
    expect(reply.message.citations?.[0]).toMatchObject({
      start: 0,
      sources: [{ type: "document", id: "facts" }],
    });
    const { events } = await streamed(body);
    expect(events.map(({ type }) => type)).toContain("citation-start");
  });

  test("answers in the JSON it is asked for", async () => {
    const reply = await client.chat({
      model: "command-a-03-2025",
      messages: asking("A person"),
      responseFormat: {
        type: "json_object",
        jsonSchema: {
          type: "object",
          properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 } },
          required: ["name", "age"],
        },
      },
    });
    expect(JSON.parse(textOf(reply.message))).toEqual({
      name: expect.any(String),
      age: expect.any(Number),
    });
  });

  test("thinks, unless told not to", async () => {
    const body = { model: "lab/reasoning", messages: asking("Tell me about the sea") };
    const thinking = (reply: Cohere.V2ChatResponse) =>
      reply.message.content?.some((item) => item.type === "thinking");
    expect(thinking(await client.chat({ ...body, thinking: { type: "enabled" } }))).toBe(true);
    expect(thinking(await client.chat({ ...body, thinking: { type: "disabled" } }))).toBe(false);
    const { events } = await streamed(body);
    const thought = events.filter(
      (event) => event.type === "content-delta" && event.delta?.message?.content?.thinking,
    );
    expect(thought.length).toBeGreaterThan(0);
  });

  test("gives log probabilities, cached tokens, and every finish reason", async () => {
    const ask = (model: string, more = {}) =>
      client.chat({ model, messages: asking("one two three four"), ...more });
    const proven = await ask("lab/echo", { logprobs: true });
    expect(proven.logprobs?.map(({ text }) => text).join("")).toBe("one two three four");
    expect((await ask("lab/cached")).usage?.cachedTokens).toBe(5);
    expect((await ask("lab/echo", { maxTokens: 2 })).finishReason).toBe("MAX_TOKENS");
    const stopped = await ask("lab/echo", { stopSequences: [" three"] });
    expect(textOf(stopped.message)).toBe("one two");
    expect((await ask("lab/content-filter")).finishReason).toBe("ERROR");
  });

  test.each([
    ["lab/400", Cohere.BadRequestError],
    ["lab/401", Cohere.UnauthorizedError],
    ["lab/403", Cohere.ForbiddenError],
    ["lab/404", Cohere.NotFoundError],
    ["lab/422", Cohere.UnprocessableEntityError],
    ["lab/429", Cohere.TooManyRequestsError],
    ["lab/500", Cohere.InternalServerError],
    ["lab/503", Cohere.ServiceUnavailableError],
    ["lab/504", Cohere.GatewayTimeoutError],
    ["lab/reset-before-headers", CohereError],
  ])("%s is the client's own error", async (model, kind) => {
    const attempt = client.chat({ model, messages: asking("Hi") });
    expect(await attempt.then(undefined, (error: unknown) => error)).toBeInstanceOf(kind);
  });

  test("an error inside a stream is told in its last event", async () => {
    const { end } = await streamed({ model: "lab/error-in-stream", messages: asking("Hi") });
    expect(end).toMatchObject({ finishReason: "ERROR", error: expect.any(String) });
  });

  test("refuses what Cohere refuses", async () => {
    const refusal = async (body: object) => {
      const reply = await fetch(`${lab.url}/v2/chat`, {
        method: "POST",
        headers: { authorization: "Bearer co-lab", "content-type": "application/json" },
        body: JSON.stringify({ model: "command-a", messages: asking("Hi"), ...body }),
      });
      return { status: reply.status, ...((await reply.json()) as { message: string }) };
    };
    expect(await refusal({ stop: ["x"] })).toMatchObject({
      status: 422,
      message: expect.stringContaining("parameter 'stop' is not a valid field"),
    });
    expect(await refusal({ max_tokens: "9" })).toMatchObject({
      status: 400,
      message: expect.stringContaining("is of type string but should be of type int32"),
    });
    expect((await refusal({ p: 1 })).status).toBe(400);
    expect((await refusal({ tool_choice: "REQUIRED" })).status).toBe(400);
    expect((await refusal({ messages: [] })).status).toBe(400);
    const wrong = new CohereClientV2(settings("wrong")).chat({
      model: "x",
      messages: asking("Hi"),
    });
    expect(await wrong.then(undefined, (error: unknown) => error)).toBeInstanceOf(
      Cohere.UnauthorizedError,
    );
  });
});

describe("the lab, asked by Cohere's client for the first API", () => {
  test("answers a chat with history, whole and streamed", async () => {
    const body = {
      message: "Hi again, Ada",
      preamble: "Be brief.",
      chatHistory: [
        { role: "USER", message: "Hi" },
        { role: "CHATBOT", message: "Hello" },
      ] as Cohere.Message[],
    };
    const whole = await first.chat(body);
    expect(whole.text).toContain("turn 2");
    expect(whole.finishReason).toBe("COMPLETE");
    expect(whole.meta?.billedUnits?.inputTokens).toBeGreaterThan(0);
    const events = await Array.fromAsync(await first.chatStream(body));
    const text = events.map((event) => (event.eventType === "text-generation" ? event.text : ""));
    expect(text.join("")).toBe(whole.text);
    expect(events.at(-1)).toMatchObject({ eventType: "stream-end", finishReason: "COMPLETE" });
  });

  test("calls a tool, and quotes its result", async () => {
    const tools: Cohere.Tool[] = [
      {
        name: "get_weather",
        description: "The weather",
        parameterDefinitions: { city: { type: "str", required: true } },
      },
    ];
    const asked = await first.chat({ message: "How warm is it in Lisbon?", tools });
    const call = asked.toolCalls?.[0];
    if (!call) throw new Error("no call");
    expect(call.parameters).toEqual({ city: "Lisbon" });
    const told = await first.chat({
      message: "",
      tools,
      chatHistory: [{ role: "USER", message: "How warm is it in Lisbon?" }],
      toolResults: [{ call, outputs: [{ celsius: 21 }] }],
    });
    expect(told.text).toContain("21");
    const events = await Array.fromAsync(
      await first.chatStream({ message: "How warm is it in Lisbon?", tools }),
    );
    expect(events.map(({ eventType }) => eventType)).toContain("tool-calls-generation");
  });

  test("completes a prompt several times, whole and streamed", async () => {
    const body = { model: "lab/echo", prompt: "Once upon a time", numGenerations: 2 };
    const whole = await first.generate(body);
    expect(whole.generations.map(({ text }) => text)).toEqual([body.prompt, body.prompt]);
    const events = await Array.fromAsync(
      await first.generateStream({ model: "lab/echo", prompt: "Once upon a time" }),
    );
    const text = events.map((event) => (event.eventType === "text-generation" ? event.text : ""));
    expect(text.join("")).toBe("Once upon a time");
  });
});
