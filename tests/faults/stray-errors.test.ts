import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, eventsOf, openai, proxies, startGateway, type TestGateway } from "../gateway.ts";

/** Errors in shapes that are none of a dialect's frames, and what else ends an answer out of turn. */

const SSE = "text/event-stream";
const LINES = "application/x-ndjson";
let contentType = SSE;
let says = "";
let gateway: TestGateway;
let vendor: ReturnType<typeof serve>;
const serve = () =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(says, { headers: { "content-type": contentType } }),
  });

beforeAll(async () => {
  vendor = serve();
  const upstream_url = `http://127.0.0.1:${vendor.port}/some/path`;
  const model = (provider: string, options: object = {}) => ({
    provider,
    name: "m",
    options: { upstream_url, ...options },
  });
  const rewritten = {
    answer_format: "openai",
    model: model("mistral", { mistral_format: "openai" }),
  };
  const prose = { route_type: "llm/v1/completions", model: model("huggingface") };
  gateway = await startGateway(
    proxies(
      openai("", { path: "/openai", model: model("openai") }),
      openai("", { path: "/mistral", ...rewritten }),
      openai("", {
        path: "/anthropic",
        model: model("anthropic", { anthropic_version: "2023-06-01" }),
      }),
      openai("", { path: "/gemini", model: model("gemini") }),
      openai("", { path: "/cohere", model: model("cohere") }),
      openai("", { path: "/ollama", model: model("llama2", { llama2_format: "ollama" }) }),
      openai("", { path: "/tgi", ...prose }),
    ),
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await vendor.stop(true);
});

const event = (frame: object) => `data: ${JSON.stringify(frame)}\n\n`;
const line = (frame: object) => `${JSON.stringify(frame)}\n`;
const DONE = "data: [DONE]\n\n";

const choice = (delta: object, finish_reason: string | null = null, more: object = {}) =>
  event({ id: "x", choices: [{ index: 0, delta, finish_reason, ...more }] });
const SAID = choice({ content: "word" });
const STOP = choice({}, "stop");
const CALL = choice({
  tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
});

/** What was said of an answer, and how it goes on as if nothing had happened. */
interface Answer {
  readonly type: string;
  readonly begun: string;
  readonly rest: string;
  readonly frame: (frame: object) => string;
}

const OPENAI: Answer = { type: SSE, begun: SAID, rest: STOP + DONE, frame: event };
const candidate = (text: string, finishReason?: string) =>
  event({ candidates: [{ content: { parts: [{ text }] }, finishReason }] });
const token = (text: string, more: object = {}) => event({ token: { id: 1, text }, ...more });
const ollama = (content: string, more: object = {}) =>
  line({ model: "m", message: { role: "assistant", content }, done: false, ...more });

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/openai": OPENAI,
  "/mistral": OPENAI,
  "/anthropic": {
    type: SSE,
    begun: [
      { type: "message_start", message: { id: "x", model: "m" } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "word" } },
    ]
      .map(event)
      .join(""),
    rest:
      event({ type: "message_delta", delta: { stop_reason: "end_turn" } }) +
      event({ type: "message_stop" }),
    frame: event,
  },
  "/gemini": { type: SSE, begun: candidate("word"), rest: candidate("", "STOP"), frame: event },
  "/cohere": {
    type: SSE,
    begun: event({
      type: "content-delta",
      index: 0,
      delta: { message: { content: { text: "word" } } },
    }),
    rest: event({ type: "message-end", delta: { finish_reason: "COMPLETE" } }),
    frame: event,
  },
  "/ollama": {
    type: LINES,
    begun: ollama("word"),
    rest: ollama("", { done: true, done_reason: "stop" }),
    frame: line,
  },
  "/tgi": {
    type: SSE,
    begun: token("word"),
    rest: token("", { generated_text: "word", details: { finish_reason: "eos_token" } }),
    frame: event,
  },
};

async function asked(path: string, type: string, answer: string, stream = true, more: object = {}) {
  contentType = type;
  says = answer;
  const before = gateway.records.length;
  const prose = { model: "m", prompt: "hi", stream, ...more };
  const question = path === "/tgi" ? prose : ask("m", { stream, ...more });
  const response = await gateway.post(path, question);
  const text = await response.text();
  const { ai } = await gateway.record(before + 1);
  return {
    status: response.status,
    text,
    failed: JSON.stringify(ai).includes("stream_error"),
    usage: ai?.proxy?.["usage"],
  };
}

const SHAPES = [
  {
    object: "error",
    message: "it broke",
    type: "internal_server_error",
    param: null,
    code: "3700",
  },
  { type: "error", message: "it broke" },
  { message: "it broke", code: 500 },
  { detail: "it broke" },
  { error: "it broke" },
  { error: { message: "it broke" } },
];

describe("an error in a shape of other dialects fails the answer, whatever follows it", () => {
  const cases = Object.keys(ANSWERS).flatMap((path) =>
    SHAPES.map((shape) => [path, JSON.stringify(shape), shape] as const),
  );
  test.each(cases)("%s %s", async (path, _name, shape) => {
    const { type, begun, rest, frame } = ANSWERS[path] ?? OPENAI;
    const whole = await asked(path, type, begun + rest);
    expect(whole.failed).toBe(false);
    expect(whole.text).toEndWith(DONE);
    const { text, failed } = await asked(path, type, begun + frame(shape) + rest);
    expect(failed).toBe(true);
    expect(text).toContain("word");
    const last = JSON.parse(eventsOf(text).at(-1) ?? "");
    expect(JSON.stringify(last.error)).toContain("it broke");
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain('"finish_reason":"stop"');
  });

  test.each([["/openai"], ["/mistral"]])(
    "%s: before anything was said it has its own status",
    async (path) => {
      const { status, text } = await asked(path, SSE, event({ ...SHAPES[0], code: 429 }));
      expect(status).toBe(429);
      expect(text).toContain("it broke");
    },
  );

  test.each([
    ["an empty one", event({ error: {} })],
    [
      "in an event of that name that has the word elsewhere",
      `event: error\n${event({ code: "error", message: "it broke" })}`,
    ],
    ["as a finish reason", choice({}, "error")],
    ["within a choice", choice({ content: "" }, "error", { error: { message: "it broke" } })],
  ])("%s is told in words that OpenAI's clients know", async (_name, error) => {
    for (const path of ["/openai", "/mistral"]) {
      const { text, failed } = await asked(path, SSE, SAID + error + STOP + DONE);
      expect(failed).toBe(true);
      expect(text).toMatch(/"error":\{"message":"[^"]+"[^\n]*\n\n$/);
      expect(text).not.toContain("[DONE]");
    }
  });

  test("a member that is null tells none", async () => {
    const { text, failed } = await asked(
      "/ollama",
      LINES,
      ollama("word", { error: null }) + ollama("", { done: true, error: null }),
    );
    expect(failed).toBe(false);
    expect(text).toEndWith(DONE);
  });
});

describe("in place of a whole answer it is told in its own words", () => {
  const cases = Object.keys(ANSWERS).flatMap((path) =>
    SHAPES.slice(0, 4).map((shape) => [path, JSON.stringify(shape), shape] as const),
  );
  test.each(cases)("%s %s", async (path, _name, shape) => {
    for (const stream of [true, false]) {
      const { status, text } = await asked(path, "application/json", JSON.stringify(shape), stream);
      expect(status).toBeGreaterThanOrEqual(500);
      expect(JSON.parse(text).error.message).toContain("it broke");
    }
  });
});

describe("a call of a tool", () => {
  const called = { functionCall: { name: "f", args: {} } };
  test.each([
    ["/mistral", STOP + CALL + DONE],
    [
      "/gemini",
      candidate("word", "STOP") + event({ candidates: [{ content: { parts: [called] } }] }),
    ],
  ])("%s: behind a mere stop is why the answer ended", async (path, stream) => {
    const { text } = await asked(path, SSE, stream);
    expect(text).toContain('"finish_reason":"tool_calls"');
    expect(text).not.toContain('"finish_reason":"stop"');
  });

  test("whose beginning is missing fails the answer", async () => {
    const { begun, rest } = ANSWERS["/cohere"] ?? OPENAI;
    const delta = { message: { tool_calls: { function: { arguments: "{}" } } } };
    const lost = event({ type: "tool-call-delta", index: 0, delta });
    const { failed } = await asked("/cohere", SSE, begun + lost + rest);
    expect(failed).toBe(true);
  });
});

test("a terminator that is indented ends the answer, and clients get one that they know", async () => {
  for (const path of ["/openai", "/mistral"]) {
    const { text, failed } = await asked(path, SSE, `${SAID}${STOP}data:  [DONE]\n\n`);
    expect(failed).toBe(false);
    expect(text).toEndWith(`\n\n${DONE}`);
  }
});

describe("a report that leaves something out is completed for the client as it is for the bill", () => {
  const begun = {
    type: "message_start",
    message: { id: "x", model: "m", usage: { input_tokens: 5 } },
  };
  const said = {
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: "word" },
  };
  test.each([
    [
      "/tgi",
      token("word") +
        token("", {
          generated_text: "word",
          details: { finish_reason: "length", generated_tokens: 7 },
        }),
    ],
    ["/anthropic", event(begun) + event(said) + event({ type: "message_stop" })],
  ])("%s", async (path, stream) => {
    const report = { stream_options: { include_usage: true } };
    const { text, usage } = await asked(path, SSE, stream, true, report);
    const told = JSON.parse(eventsOf(text).at(-2) ?? "").usage;
    expect(told.prompt_tokens).toBeGreaterThan(0);
    expect(told.completion_tokens).toBeGreaterThan(0);
    expect(usage).toMatchObject({
      prompt_tokens: told.prompt_tokens,
      completion_tokens: told.completion_tokens,
      total_tokens: told.total_tokens,
    });
  });
});
