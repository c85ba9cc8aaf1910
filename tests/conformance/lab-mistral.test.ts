import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Mistral } from "@mistralai/mistralai";
import type {
  ChatCompletionRequest,
  ChatCompletionResponse,
  CompletionChunk,
} from "@mistralai/mistralai/models/components";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: Mistral;
beforeAll(async () => {
  lab = await startLab({ keys: ["lab-key"] });
  client = clientWith("lab-key");
});
afterAll(() => lab.stop());

const clientWith = (apiKey: string) =>
  new Mistral({ apiKey, serverURL: `${lab.url}/mistral`, retryConfig: { strategy: "none" } });

type Request = Omit<ChatCompletionRequest, "model" | "stream">;
const asking = (content: string): Request => ({ messages: [{ role: "user", content }] });
const ask = (request: Request, model = "mistral-small-latest") =>
  client.chat.complete({ model, ...request });

async function streamed(request: Request, model = "mistral-small-latest") {
  const events = await client.chat.stream({ model, ...request });
  const chunks: CompletionChunk[] = [];
  for await (const { data } of events) chunks.push(data);
  return chunks;
}

type Content = string | readonly { readonly type: string }[] | null | undefined;

function textOf(content: Content): string {
  if (!Array.isArray(content)) return typeof content === "string" ? content : "";
  return content
    .map((part) => (part.type === "text" && "text" in part ? String(part.text) : ""))
    .join("");
}

const said = (answer: ChatCompletionResponse) => textOf(answer.choices[0]?.message?.content);
const saidIn = (chunks: readonly CompletionChunk[]) =>
  chunks.map(({ choices }) => textOf(choices[0]?.delta.content)).join("");

const weather = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
  },
} as const;
const time = { type: "function", function: { name: "get_time", parameters: {} } } as const;

describe("Mistral's SDK and the lab", () => {
  test("an answer, with its usage", async () => {
    const answer = await ask(asking("Say hello."));
    expect(said(answer)).toContain("Say hello.");
    expect(answer.choices[0]?.finishReason).toBe("stop");
    const { promptTokens = 0, completionTokens = 0, totalTokens } = answer.usage;
    expect(totalTokens).toBe(promptTokens + completionTokens);
  });

  test("a stream says the same, and its usage at its end", async () => {
    const answer = await ask(asking("Say hello."));
    const chunks = await streamed(asking("Say hello."));
    expect(saidIn(chunks)).toBe(said(answer));
    expect(chunks.at(-1)?.usage).toEqual(answer.usage);
    expect(chunks.at(-1)?.choices[0]?.finishReason).toBe("stop");
  });

  test("turns, and an answer to go on with", async () => {
    const messages: Request["messages"] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "One." },
      { role: "assistant", content: "First." },
      { role: "user", content: "Two." },
    ];
    expect(said(await ask({ messages }))).toContain("Two.");
    const begun = { role: "assistant", content: "It is", prefix: true } as const;
    expect((await ask({ messages: [...messages, begun] })).choices).toHaveLength(1);
    const unfinished = { role: "assistant", content: "It is" } as const;
    await expect(ask({ messages: [...messages, unfinished] })).rejects.toMatchObject({
      statusCode: 400,
    });
  });

  test("tools, with ids of the platform's kind, and their results", async () => {
    const tools = [weather, time];
    const first = await ask({ ...asking("Weather in Paris?"), tools }, "lab/parallel-tools");
    const message = first.choices[0]?.message;
    const calls = message?.toolCalls ?? [];
    expect(first.choices[0]?.finishReason).toBe("tool_calls");
    expect(calls.map(({ function: { name } }) => name)).toEqual(["get_weather", "get_time"]);
    expect(calls.every(({ id }) => /^[a-zA-Z0-9]{9}$/.test(id ?? ""))).toBe(true);
    const second = await ask({
      messages: [
        { role: "user", content: "Weather in Paris?" },
        { role: "assistant", content: "", toolCalls: calls },
        ...calls.map(({ id = "" }) => ({
          role: "tool" as const,
          content: "Sunny, 20 degrees",
          toolCallId: id,
        })),
      ],
      tools,
    });
    expect(said(second)).not.toBe("");
    const foreign = [{ id: "call_123456789012", function: { name: "f", arguments: "{}" } }];
    await expect(
      ask({
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: "", toolCalls: foreign },
          { role: "user", content: "b" },
        ],
      }),
    ).rejects.toMatchObject({ statusCode: 422 });
  });

  test("a forced tool, in the platform's word and by name", async () => {
    for (const toolChoice of ["any", { function: { name: "get_time" } }] as const) {
      const answer = await ask({ ...asking("Either."), tools: [weather, time], toolChoice });
      expect(answer.choices[0]?.finishReason).toBe("tool_calls");
    }
    const chunks = await streamed({ ...asking("a"), tools: [weather], toolChoice: "any" });
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.toolCalls ?? []);
    expect(calls.map(({ function: { name } }) => name)).toEqual(["get_weather"]);
  });

  test("pictures as texts and documents by address", async () => {
    const answer = await ask({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", imageUrl: "https://example.com/a.png" },
            { type: "document_url", documentUrl: "https://example.com/a.pdf" },
          ],
        },
      ],
    });
    expect(said(answer)).toContain(
      "an image at https://example.com/a.png and a file at https://example.com/a.pdf",
    );
  });

  test("an answer that fits a schema", async () => {
    const answer = await ask({
      ...asking("A city."),
      responseFormat: {
        type: "json_schema",
        jsonSchema: { name: "city", schemaDefinition: weather.function.parameters },
      },
    });
    expect(typeof JSON.parse(said(answer)).city).toBe("string");
  });

  test("thinking before the answer, which goes back in", async () => {
    const answer = await ask(asking("Why?"), "lab/reasoning");
    const content = answer.choices[0]?.message?.content;
    const types = Array.isArray(content) ? content.map(({ type }) => type) : [];
    expect(types).toEqual(["thinking", "text"]);
    const again = await ask({
      messages: [
        { role: "user", content: "Why?" },
        { role: "assistant", content: content ?? "" },
        { role: "user", content: "And then?" },
      ],
    });
    expect(said(again)).toContain("And then?");
    expect(saidIn(await streamed(asking("Why?"), "lab/reasoning"))).toBe(said(answer));
  });

  test("every way to end", async () => {
    const short = await ask({ ...asking("Say hello to the whole world."), maxTokens: 2 });
    expect(short.choices[0]?.finishReason).toBe("length");
    const stopped = await ask(asking("x"), "lab/content-filter");
    expect(stopped.choices[0]?.finishReason).toBe("error");
  });

  test.each([
    [400, "lab/400"],
    [401, "lab/401"],
    [404, "lab/404"],
    [429, "lab/429"],
    [500, "lab/500"],
    [503, "lab/503"],
  ])("the platform's %d", async (statusCode, model) => {
    await expect(ask(asking("a"), model)).rejects.toMatchObject({ statusCode });
  });

  test("a wrong key, and what the API does not have", async () => {
    const wrong = clientWith("other").chat.complete({ model: "m", ...asking("a") });
    await expect(wrong).rejects.toMatchObject({ statusCode: 401 });
    const refused = await fetch(`${lab.url}/mistral/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer lab-key" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "a" }], seed: 1 }),
    });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { detail: [{ loc: ["body", "seed"] }] },
    ]);
  });
});
