import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type {
  FunctionTool,
  Response,
  ResponseInput,
  ResponseStreamEvent,
} from "openai/resources/responses/responses";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { startGateway, type TestGateway } from "../gateway.ts";

let lab: Lab;
let gateway: TestGateway;

/** Gemini's addresses hold the model's name. */
const GEMINI = "/v1beta/models/$(headers.x-model):generateContent";

beforeAll(async () => {
  lab = await startLab();
  const target = (provider: string, upstreamUrl: string, options = {}) => ({
    route_type: "llm/v1/responses",
    auth: { header_name: "Authorization", header_value: "Bearer k" },
    model: { provider, options: { upstream_url: `${lab.url}${upstreamUrl}`, ...options } },
  });
  const targets = {
    openai: target("openai", "/v1/chat/completions"),
    anthropic: target("anthropic", "/v1/messages", { anthropic_version: "2023-06-01" }),
    gemini: target("gemini", GEMINI),
  };
  gateway = await startGateway({
    _format_version: "3.0",
    routes: [{ name: "responses", paths: ["/v1/responses"] }],
    plugins: [
      {
        name: "model-router",
        route: "responses",
        config: { route_type: "llm/v1/responses", exact: true, providers: targets },
      },
    ],
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});
beforeEach(() => lab.reset());

/** A client whose calls go to this model of the lab. */
function client(model: string): OpenAI {
  return new OpenAI({
    apiKey: "sk-client",
    baseURL: `${gateway.url}/v1`,
    maxRetries: 0,
    logLevel: "off",
    defaultHeaders: { "x-model": model },
  });
}

const refusal = (asked: PromiseLike<unknown>) =>
  asked.then(
    () => undefined,
    (error) => error,
  );

const weather: FunctionTool = {
  type: "function",
  name: "get_weather",
  strict: false,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};

const MODELS = ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"];

/** What a stream told in the end, once its order is seen to be right. */
function ending(events: readonly ResponseStreamEvent[]): Response {
  expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual([
    "response.created",
    "response.in_progress",
  ]);
  const last = events.at(-1);
  if (last?.type === "response.completed" || last?.type === "response.incomplete") {
    return last.response;
  }
  throw new Error(`a stream ends with ${last?.type}`);
}

/** Without what is another's in another call. */
const told = ({ output, ...response }: Response) => ({
  status: response.status,
  usage: response.usage,
  output: JSON.parse(JSON.stringify(output).replaceAll(/"(?:id|call_id)":"[^"]*"/g, '"id":""')),
});

describe.each(MODELS)("OpenAI's client asks %s by Responses", (model) => {
  const line = (name = model.split("/")[1] ?? "") => client(name);

  test("a text, whole and streamed, is the same", async () => {
    const body = { model, instructions: "Be brief.", input: "Wie heißt 東京 auf Deutsch?" };
    const whole = await line().responses.create(body);
    expect(whole).toMatchObject({ object: "response", status: "completed", store: false });
    expect(whole.output_text).toContain("東京");
    expect(whole.id).toStartWith("resp_");
    const stream = await line().responses.create({ ...body, stream: true });
    const events = await Array.fromAsync(stream);
    expect(told(ending(events))).toEqual(told(whole));
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);
    const deltas = events.map((one) =>
      one.type === "response.output_text.delta" ? one.delta : "",
    );
    expect(deltas.join("")).toBe(whole.output_text);
  });

  test("a tool is called, and its result is answered", async () => {
    const input: ResponseInput = [{ role: "user", content: "How warm is it in Lisbon?" }];
    const first = await line().responses.create({ model, input, tools: [weather] });
    const call = first.output.find((item) => item.type === "function_call");
    if (call?.type !== "function_call") throw new Error("no function call");
    expect(JSON.parse(call.arguments)).toEqual({ city: "Lisbon" });
    const second = await line().responses.create({
      model,
      tools: [weather],
      input: [
        ...input,
        ...first.output,
        { type: "function_call_output", call_id: call.call_id, output: "21 degrees" },
      ] as ResponseInput,
    });
    expect(second.output_text).toContain("21 degrees");
  });

  test("two tools at once are two items, also in a stream", async () => {
    const body = {
      model: `${model.split("/")[0]}/lab/parallel-tools`,
      input: "How warm is it in Lisbon and in Oslo?",
      tools: [weather],
    };
    const whole = await line("lab/parallel-tools").responses.create(body);
    const calls = whole.output.filter(({ type }) => type === "function_call");
    expect(calls.length).toBe(2);
    const events = await Array.fromAsync(
      await line("lab/parallel-tools").responses.create({ ...body, stream: true }),
    );
    expect(told(ending(events))).toEqual(told(whole));
  });

  test("a custom tool is given its text, in a namespace too", async () => {
    const body = {
      model,
      input: "How warm is it in Lisbon?",
      tools: [
        {
          type: "namespace" as const,
          name: "shell",
          description: "The terminal.",
          tools: [{ type: "custom" as const, name: "exec", description: "Runs a line." }],
        },
      ],
    };
    const whole = await line().responses.create(body);
    const [call] = whole.output.filter(({ type }) => type === "custom_tool_call");
    if (call?.type !== "custom_tool_call") throw new Error("no call of the custom tool");
    expect(call).toMatchObject({ name: "exec", namespace: "shell" });
    expect(call.input).not.toContain("{");
    const events = await Array.fromAsync(await line().responses.create({ ...body, stream: true }));
    expect(told(ending(events))).toEqual(told(whole));
    const second = await line().responses.create({
      ...body,
      input: [
        { role: "user", content: body.input },
        ...whole.output,
        {
          type: "custom_tool_call_output",
          call_id: call.call_id,
          output: [{ type: "input_text", text: "21 degrees" }],
        },
      ] as ResponseInput,
    });
    expect(second.output_text).toContain("21 degrees");
  });

  test("an answer follows a schema", async () => {
    const response = await line().responses.parse({
      model,
      input: "Where is it warm?",
      text: {
        format: {
          type: "json_schema",
          name: "place",
          strict: true,
          schema: {
            type: "object",
            properties: { city: { type: "string" } },
            required: ["city"],
            additionalProperties: false,
          },
        },
      },
    });
    expect(JSON.parse(response.output_text)).toEqual({ city: expect.any(String) });
  });

  test("an answer that was cut is incomplete", async () => {
    const response = await line("lab/long").responses.create({
      model: `${model.split("/")[0]}/lab/long`,
      input: "Tell me a tale.",
      max_output_tokens: 16,
    });
    expect(response.status).toBe("incomplete");
    expect(response.incomplete_details).toEqual({ reason: "max_output_tokens" });
  });

  test("what leans on state at OpenAI is refused", async () => {
    for (const more of [{ previous_response_id: "resp_1" }, { background: true }]) {
      const error = await refusal(line().responses.create({ model, input: "Hi", ...more }));
      expect(error).toMatchObject({ status: 400, param: Object.keys(more)[0] });
    }
    expect(lab.requests).toEqual([]);
  });

  test("an error before the first event is an HTTP error, after it response.failed", async () => {
    const vendor = model.split("/")[0];
    const hurried = { model: `${vendor}/lab/429`, input: "Hi", stream: true } as const;
    expect(await refusal(line("lab/429").responses.create(hurried))).toMatchObject({ status: 429 });
    const body = { model: `${vendor}/lab/error-in-stream`, input: "Hi", stream: true } as const;
    const events = await Array.fromAsync(await line("lab/error-in-stream").responses.create(body));
    const last = events.at(-1);
    if (last?.type !== "response.failed") throw new Error(`ends with ${last?.type}`);
    expect(last.sequence_number).toBe(events.length - 1);
    expect(last.response.status).toBe("failed");
    expect(last.response.error?.message).not.toBe("");
    expect(last.response.output.length).toBe(1);
  });
});
