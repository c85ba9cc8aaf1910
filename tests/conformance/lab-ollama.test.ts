import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChatRequest, type Message, Ollama, type Tool } from "ollama";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: Ollama;

beforeAll(async () => {
  lab = await startLab();
  client = new Ollama({ host: lab.url });
});
afterAll(() => lab.stop());

const asking = (content: string): Message[] => [{ role: "user", content }];

const weather: Tool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" } },
      required: ["city", "days"],
    },
  },
};

async function streamed(request: ChatRequest) {
  const lines = await Array.fromAsync(await client.chat({ ...request, stream: true }));
  return {
    lines,
    text: lines.map(({ message }) => message.content).join(""),
    thinking: lines.map(({ message }) => message.thinking ?? "").join(""),
    calls: lines.flatMap(({ message }) => message.tool_calls ?? []),
    last: lines.at(-1),
  };
}

describe("the lab, asked by Ollama's own client", () => {
  test("answers a chat of several turns", async () => {
    const reply = await client.chat({
      model: "llama3.2",
      messages: [
        { role: "system", content: "Be brief." },
        ...asking("Hi"),
        { role: "assistant", content: "Hello" },
        ...asking("Hi again, Ada"),
      ],
    });
    expect(reply.message.content).toContain("Hi again, Ada");
    expect(reply.message.content).toContain("turn 2");
    expect(reply).toMatchObject({ model: "llama3.2", done: true, done_reason: "stop" });
    expect(reply.prompt_eval_count).toBeGreaterThan(0);
    expect(reply.eval_count).toBeGreaterThan(0);
    expect(Date.parse(String(reply.created_at))).toBeGreaterThan(0);
  });

  test("streams the text and counts it answers at once", async () => {
    for (const model of ["llama3.2", "lab/multibyte", "lab/reasoning", "lab/split-every-byte"]) {
      const body = { model, messages: asking("Wie heißt 東京 auf Deutsch?") };
      const whole = await client.chat(body);
      const { text, thinking, last } = await streamed(body);
      expect(text).toBe(whole.message.content);
      expect(thinking).toBe(whole.message.thinking ?? "");
      expect(last?.eval_count).toBe(whole.eval_count);
      expect(last?.prompt_eval_count).toBe(whole.prompt_eval_count);
    }
  });

  test("streams unless it is told not to", async () => {
    const reply = await fetch(`${lab.url}/api/chat`, {
      method: "POST",
      body: JSON.stringify({ model: "llama3.2", messages: asking("Hi") }),
    });
    expect(reply.headers.get("content-type")).toBe("application/x-ndjson");
  });

  test("calls a tool, and quotes its result", async () => {
    const messages = asking("How warm is it in Lisbon?");
    const first = await client.chat({ model: "llama3.2", messages, tools: [weather] });
    const call = first.message.tool_calls?.[0];
    if (!call) throw new Error("no call");
    expect(call.function).toMatchObject({ name: "get_weather", arguments: { city: "Lisbon" } });
    const second = await client.chat({
      model: "llama3.2",
      tools: [weather],
      messages: [
        ...messages,
        first.message,
        { role: "tool", content: "21 degrees", tool_name: "get_weather" },
      ],
    });
    expect(second.message.content).toContain("21 degrees");
  });

  test("tells parallel calls whole, a line each", async () => {
    const { calls, last } = await streamed({
      model: "lab/parallel-tools",
      messages: asking("Compare Lisbon and Oslo"),
      tools: [weather],
    });
    expect(calls.map((call) => call.function.arguments["city"])).toEqual(["Lisbon", "Oslo"]);
    expect(last?.done_reason).toBe("stop");
  });

  test("sees images, which are base64 and nothing else", async () => {
    const ask = (image: string) =>
      client.chat({
        model: "llava",
        messages: [{ role: "user", content: "What is this?", images: [image] }],
      });
    const reply = await ask(Buffer.from("not really pixels").toString("base64"));
    expect(reply.message.content).toContain("an image with 17 bytes");
    const refused = ask("https://example.com/cat.jpg");
    expect(await refused.catch((error: unknown) => error)).toMatchObject({
      status_code: 400,
      error: expect.stringContaining("illegal base64 data"),
    });
  });

  test("answers in the JSON it is asked for", async () => {
    const loose = await client.chat({ model: "x", messages: asking("In JSON"), format: "json" });
    expect(JSON.parse(loose.message.content)).toMatchObject({ question: "In JSON" });
    const strict = await client.chat({
      model: "x",
      messages: asking("A person"),
      format: {
        type: "object",
        properties: { name: { type: "string" }, age: { type: "integer" } },
        required: ["name", "age"],
      },
    });
    expect(JSON.parse(strict.message.content)).toEqual({
      name: expect.any(String),
      age: expect.any(Number),
    });
  });

  test("thinks, unless told not to", async () => {
    const body = { model: "lab/reasoning", messages: asking("Tell me about the sea") };
    expect((await client.chat({ ...body, think: "high" })).message.thinking).toContain("sea");
    expect((await client.chat({ ...body, think: false })).message.thinking).toBeUndefined();
  });

  test("stops where it is told, at the token limit, and proves its tokens", async () => {
    const body = { model: "lab/echo", messages: asking("one two three four") };
    const stopped = await client.chat({ ...body, options: { stop: [" three"] } });
    expect(stopped.message.content).toBe("one two");
    const cut = await client.chat({ ...body, options: { num_predict: 2 } });
    expect(cut).toMatchObject({ done_reason: "length", message: { content: "one two" } });
    expect(cut.eval_count).toBe(2);
    const proven = await client.chat({ ...body, logprobs: true, top_logprobs: 2 });
    expect(proven.logprobs?.map(({ token }) => token).join("")).toBe("one two three four");
    expect(proven.logprobs?.[0]?.top_logprobs).toHaveLength(2);
  });

  test("completes a prompt, whole and streamed", async () => {
    const body = { model: "lab/echo", prompt: "Once upon a time", system: "Go on." };
    const whole = await client.generate(body);
    expect(whole).toMatchObject({ response: "Once upon a time", done_reason: "stop" });
    const lines = await Array.fromAsync(await client.generate({ ...body, stream: true }));
    expect(lines.map(({ response }) => response ?? "").join("")).toBe("Once upon a time");
    expect(lines.at(-1)?.context).toEqual(whole.context);
  });

  test.each([400, 401, 403, 404, 429, 500, 503])("%d is the client's own error", async (status) => {
    const attempt = client.chat({ model: `lab/${status}`, messages: asking("Hi") });
    const error = await attempt.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ResponseError", status_code: status });
  });

  test("an error inside a stream, and a stream that breaks off, are thrown", async () => {
    const failed = (model: string) =>
      streamed({ model, messages: asking("Hi") }).catch((error: unknown) => error);
    expect(await failed("lab/error-in-stream")).toMatchObject({
      message: expect.stringContaining("llama runner process"),
    });
    expect(await failed("lab/eof-mid-stream")).toMatchObject({
      message: expect.stringContaining("Did not receive done"),
    });
  });

  test("refuses what Ollama refuses", async () => {
    const refusal = async (body: object) => {
      const reply = await fetch(`${lab.url}/api/chat`, {
        method: "POST",
        body: JSON.stringify({ model: "llama3.2", messages: asking("Hi"), ...body }),
      });
      return ((await reply.json()) as { error: string }).error;
    };
    expect(await refusal({ model: "" })).toBe("model is required");
    expect(await refusal({ messages: "Hi" })).toContain("cannot unmarshal string");
    expect(await refusal({ format: "xml" })).toContain("invalid format");
    expect(await refusal({ options: { temperature: "hot" } })).toContain("must be of type float32");
    expect(await refusal({ think: "deeply" })).toContain("invalid think value");
    const call = { function: { name: "f", arguments: "{}" } };
    const messages = [{ role: "assistant", content: "", tool_calls: [call] }];
    expect(await refusal({ messages })).toContain("tool_calls.function.arguments");
  });
});
