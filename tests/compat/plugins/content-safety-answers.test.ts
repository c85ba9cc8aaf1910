import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { target } from "../../faults/balanced.ts";
import { eventsOf, textOf } from "../../gateway.ts";
import { cacheConfig } from "./cached-route.ts";
import { contentSafety, type Over, type Setting } from "./content-safety.ts";
import { answer, llmAt, scriptedModel } from "./scripted-model.ts";

const safety = await contentSafety();
const { lab, analysed } = safety;
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const VENDORS = ["openai", "anthropic", "gemini"] as const;
const OUTPUT = { guarding_mode: "OUTPUT" };

const words = (count: number) => Array.from({ length: count }, (_, at) => `word${at}`).join(" ");
const GOOD = words(60);
const BAD = `${words(40)} hate6 and more, ${words(40)}`;

/** Of whichever model the route has. */
const say = (content: string) => ({ messages: [{ role: "user", content }] });

interface Chunk {
  readonly choices: readonly { readonly finish_reason?: string | null }[];
  readonly error?: { readonly message: string };
}

async function ask(over: Over, body: object, setting?: Setting) {
  await using gateway = await safety.start({ ...OUTPUT, ...over }, setting);
  const response = await gateway.post("/ai", body);
  const text = await response.text();
  const { ai } = await gateway.record();
  return { status: response.status, text, ai, log: ai?.proxy?.["azure-content-safety"] };
}

const chunksOf = (stream: string) =>
  eventsOf(stream)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data) as Chunk);

const finishesOf = (stream: string) =>
  chunksOf(stream).flatMap(({ choices }) =>
    choices.flatMap(({ finish_reason: reason }) => (reason ? [reason] : [])),
  );

const messageIn = (text: string) =>
  (JSON.parse(text) as { readonly error: { readonly message: string } }).error.message;

describe.each(VENDORS)("an answer of %s", (vendor) => {
  const setting = { proxy: target(lab, vendor, "echo") };

  test("that may pass is the answer", async () => {
    const { status, text } = await ask({}, say(GOOD), setting);
    expect(status).toBe(200);
    expect(text).toContain(GOOD);
    expect(analysed()).toEqual([GOOD]);
  });

  test("that may not is refused with 400", async () => {
    const { status, text, log } = await ask({}, say(BAD), setting);
    expect(status).toBe(400);
    expect(messageIn(text)).toBe(
      "response failed content safety check: breached category [Hate] at level 2",
    );
    expect(log).toMatchObject({
      mode: "OUTPUT",
      output_block_reason: "breached category [Hate] at level 2",
      output_block_source: "azure-content-safety",
      output_block_consumer_id: "unknown",
      output_processing_latency: expect.any(Number),
      guards_triggered_count: 1,
    });
  });

  test("that may pass comes whole as a stream", async () => {
    const { text } = await ask({}, { ...say(GOOD), stream: true }, setting);
    expect(textOf(text)).toBe(GOOD);
    expect(finishesOf(text)).toEqual(["stop"]);
    expect(text).toEndWith("data: [DONE]\n\n");
  });

  test("that may not ends as a stream before what was refused", async () => {
    const { status, text, log } = await ask({}, { ...say(BAD), stream: true }, setting);
    expect(status).toBe(200);
    expect(BAD).toStartWith(textOf(text));
    expect(text).not.toContain("hate");
    expect(finishesOf(text)).toEqual(["content_filter"]);
    expect(text).toEndWith("data: [DONE]\n\n");
    expect(log).toMatchObject({ output_block_reason: "breached category [Hate] at level 2" });
  });

  test("is stopped at the vendor once it was refused", async () => {
    const endless = { proxy: target(lab, vendor, "echo+endless") };
    const { text } = await ask({}, { ...say(BAD), stream: true }, endless);
    expect(finishesOf(text)).toEqual(["content_filter"]);
    const [request] = safety.asked();
    expect(await request?.outcome).toBe("client-left");
  });

  test.each([1, 20, 100, 100_000])(
    "no word of a stream leaves unseen, %d bytes at a time",
    async (size) => {
      const over = { response_buffer_size: size };
      const { text } = await ask(over, { ...say(BAD), stream: true }, setting);
      const told = textOf(text);
      const passed = analysed().filter((one) => !one.includes("hate"));
      // Each text goes on where the one before ended, and begins with the end of that.
      let seen = "";
      for (const one of passed) {
        const overlap = seen.slice(-500);
        expect(one).toStartWith(overlap);
        seen += one.slice(overlap.length);
      }
      expect(told).toBe(seen);
      expect(told).not.toContain("hate");
    },
  );
});

describe("a stream", () => {
  test("what stands across two looks is seen together", async () => {
    const over = { response_buffer_size: 1, categories: [], blocklist_names: ["lab-word39"] };
    const proxy = target(lab, "openai", "echo+split-every-byte");
    const { text } = await ask(over, { ...say(BAD), stream: true }, { proxy });
    expect(finishesOf(text)).toEqual(["content_filter"]);
    expect(textOf(text)).not.toContain("word39");
  });

  test("what a model thinks aloud is looked at too", async () => {
    const over = { categories: [], blocklist_names: ["lab-thinks", "lab-simulated"] };
    const proxy = target(lab, "anthropic", "reasoning");
    const { text } = await ask(over, { ...say("hi"), stream: true }, { proxy });
    expect(text).not.toContain("simulated");
    expect(finishesOf(text)).toEqual(["content_filter"]);
  });

  test("the usage that the client asked for is told of what was cut", async () => {
    const body = { ...say(BAD), stream: true, stream_options: { include_usage: true } };
    const proxy = target(lab, "openai", "echo+endless");
    const { text, ai } = await ask({}, body, { proxy });
    expect(text).toContain('"completion_tokens":');
    expect(ai?.proxy?.["usage"]).toMatchObject({ estimated: true });
  });

  test("a call of a tool passes as it comes", async () => {
    const tools = [
      { type: "function", function: { name: "look", parameters: { type: "object" } } },
    ];
    const { text } = await ask(
      {},
      { ...say("hi"), tools, stream: true },
      { proxy: target(lab, "openai") },
    );
    expect(finishesOf(text)).toEqual(["tool_calls"]);
    expect(analysed()).toEqual([]);
  });

  test("a vendor that breaks off breaks off here, behind what was looked at", async () => {
    const proxy = target(lab, "openai", "echo+reset-mid-stream");
    const { text } = await ask({}, { ...say(GOOD), stream: true }, { proxy });
    expect(chunksOf(text).at(-1)?.error).toBeDefined();
    expect(GOOD).toStartWith(textOf(text));
    expect(analysed().join("")).toContain(textOf(text));
  });

  test.each([
    [true, ""],
    [false, GOOD],
  ])("of a service that fails, with stop_on_error %p", async (stop_on_error, told) => {
    const over = { fault: "500", stop_on_error };
    const { status, text, log } = await ask(
      over,
      { ...say(GOOD), stream: true },
      { proxy: target(lab, "openai", "echo") },
    );
    expect(status).toBe(200);
    expect(textOf(text)).toBe(told);
    expect(log).toMatchObject({
      output_unseen: "the content safety service answered 500 (InternalError)",
    });
    if (!stop_on_error) return;
    expect(chunksOf(text).at(-1)?.error?.message).toBe("content safety introspection failed");
  });
});

describe("a whole answer", () => {
  const proxy = target(lab, "openai", "echo");

  test("of a service that fails is refused, or passes where it is to", async () => {
    const failed = await ask({ fault: "500" }, say(GOOD), { proxy });
    expect(failed.status).toBe(500);
    expect(messageIn(failed.text)).toBe("content safety introspection failed");
    const passed = await ask({ fault: "500", stop_on_error: false }, say(GOOD), { proxy });
    expect(passed.status).toBe(200);
  });

  test("without text passes, and the service is not asked", async () => {
    const { status } = await ask({}, say("hi"), { proxy: target(lab, "openai", "no-content") });
    expect(status).toBe(200);
    expect(analysed()).toEqual([]);
  });

  test("its text alone is looked at, not its JSON", async () => {
    await ask({ blocklist_names: ["lab-assistant"] }, say("hi"), { proxy });
    expect(analysed()).toEqual(["hi"]);
  });

  test("a vendor's error passes as it came", async () => {
    const { status } = await ask({}, say("hi"), { proxy: target(lab, "openai", "429") });
    expect(status).toBe(429);
    expect(analysed()).toEqual([]);
  });

  test("the caller is not told the reason where it is not to be revealed", async () => {
    const { text } = await ask({ reveal_failure_reason: false }, say("hate"), { proxy });
    expect(messageIn(text)).toBe("response failed content safety check");
  });

  test("what was refused is logged where that is wanted", async () => {
    const { log } = await ask({ log_blocked_content: true }, say("some hate"), { proxy });
    expect(log).toMatchObject({ input_faulty_prompt: "", output_faulty_response: "some hate" });
  });

  test.each([false, true])(
    "what a model made of the answer is looked at, streamed: %p",
    async (stream) => {
      await using model = scriptedModel(() => JSON.stringify(answer("sheer hate")));
      const transformer = {
        name: "ai-response-transformer",
        config: { prompt: "out", llm: llmAt(model.url) },
      };
      const { text } = await ask({}, { ...say("hi"), stream }, { proxy, beside: [transformer] });
      expect(text).not.toContain("sheer hate");
      expect(text).toContain(stream ? "content_filter" : "breached category [Hate]");
    },
  );
});

test("an answer that a cache kept is looked at each time it is given", async () => {
  const cache = cacheConfig(`${lab.url}/v1/embeddings`, { exact_caching: true }, {});
  await using gateway = await safety.start(OUTPUT, {
    proxy: target(lab, "openai", "echo"),
    beside: [{ name: "ai-semantic-cache", config: cache }],
  });
  for (const stream of [false, false, true]) {
    const response = await gateway.post("/ai", { ...say("old hate"), stream });
    const text = await response.text();
    expect(text).not.toContain("old hate");
    expect(text).toContain(stream ? "content_filter" : "breached category [Hate]");
  }
  const models = safety.asked().filter(({ path }) => path.endsWith("/chat/completions"));
  expect(models).toHaveLength(1);
});

describe("both sides", () => {
  const BOTH = { guarding_mode: "BOTH" };

  test("are looked at, the request first", async () => {
    const proxy = target(lab, "openai", "plain");
    const { status } = await ask(BOTH, say("a question"), { proxy });
    expect(status).toBe(200);
    expect(analysed()[0]).toBe("a question");
    expect(analysed()).toHaveLength(2);
  });

  test("an answer that repeats the request is not sent again", async () => {
    const { log } = await ask(BOTH, say("a question"), { proxy: target(lab, "openai", "echo") });
    expect(analysed()).toEqual(["a question"]);
    expect(log).toMatchObject({
      mode: "BOTH",
      input_processing_latency: expect.any(Number),
      output_processing_latency: expect.any(Number),
    });
  });
});
