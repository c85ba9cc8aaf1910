import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { textOf } from "../../gateway.ts";
import { asked, cached, contentOf, FAR, NEAR, QUESTION, status } from "./cached-route.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());
afterEach(() => {
  setSystemTime();
});

describe("a question that was asked before", () => {
  test("misses, then hits without the model, with the same answer", async () => {
    await using route = await cached(lab);
    const first = await route.post(QUESTION);
    expect(status(first)).toBe("Miss");
    expect(first.headers.get("age")).toBeNull();
    const text = await contentOf(first);
    const second = await route.post(QUESTION);
    expect(status(second)).toBe("Hit");
    expect(second.headers.get("x-cache-key")).toBe(first.headers.get("x-cache-key"));
    expect(second.headers.get("x-kong-llm-model")).toBeNull();
    expect(second.headers.get("x-kong-upstream-latency")).toBeNull();
    expect(await contentOf(second)).toBe(text);
    expect(asked(lab, "chat")).toBe(1);
  });

  test("hits in other words within the threshold, not for another subject", async () => {
    await using route = await cached(lab);
    await contentOf(await route.post(QUESTION));
    expect(status(await route.post(NEAR))).toBe("Hit");
    expect(status(await route.post(FAR))).toBe("Miss");
  });

  test("its time to live counts down, its age grows, and then it is gone", async () => {
    await using route = await cached(lab, { cache: { cache_ttl: 100 } });
    const startMs = Date.now();
    setSystemTime(startMs);
    await contentOf(await route.post(QUESTION));
    setSystemTime(startMs + 30_000);
    const hit = await route.post(QUESTION);
    expect(hit.headers.get("age")).toBe("30");
    expect(hit.headers.get("x-cache-ttl")).toBe("70");
    setSystemTime(startMs + 100_000);
    expect(status(await route.post(QUESTION))).toBe("Miss");
  });

  test("asked for exactly, it needs no vector", async () => {
    await using route = await cached(lab, { cache: { exact_caching: true } });
    await contentOf(await route.post(QUESTION));
    const before = asked(lab, "embeddings");
    const hit = await route.post(QUESTION);
    expect(status(hit)).toBe("Hit");
    expect(asked(lab, "embeddings")).toBe(before);
    const log = await route.gateway.record(2);
    expect(Object.keys(log.ai?.proxy?.["cache"] as object)).not.toContain("embeddings_latency");
  });
});

describe.each(["openai", "anthropic", "gemini"] as const)("an answer of %s", (vendor) => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("that came with stream %p is replayed with stream %p for OpenAI's SDK", async (kept, told) => {
    await using route = await cached(lab, { vendor });
    const client = new OpenAI({
      baseURL: `${route.gateway.url}/ai`,
      apiKey: "k",
      maxRetries: 0,
      fetch: toRoute,
    });
    const said = (stream: boolean) => sdkText(client, route.model, stream);
    const first = await said(kept);
    const before = asked(lab, "chat");
    const second = await said(told);
    expect(second).toEqual(first);
    expect(asked(lab, "chat")).toBe(before);
    expect((await route.gateway.record(2)).ai?.proxy?.["cache"]).toMatchObject({
      cache_status: "Hit",
    });
  });

  test("replayed as a stream ends as streams do, with usage where it was asked for", async () => {
    await using route = await cached(lab, { vendor });
    await contentOf(await route.post(QUESTION));
    const more = { stream: true, stream_options: { include_usage: true } };
    const response = await route.post(QUESTION, more);
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const text = await response.text();
    expect(text).toEndWith("data: [DONE]\n\n");
    expect(textOf(text)).not.toBe("");
    expect(text).toContain('"finish_reason":"stop"');
    expect(text).toContain('"total_tokens"');
  });
});

/** The route's path is the whole URL of the operation. */
const toRoute = (input: string | URL | Request, init?: RequestInit) =>
  fetch(
    String(input instanceof Request ? input.url : input).replace("/chat/completions", ""),
    init,
  );

async function sdkText(client: OpenAI, model: string, stream: boolean): Promise<string> {
  const messages = [{ role: "user" as const, content: QUESTION }];
  if (!stream) {
    const answer = await client.chat.completions.create({ model, messages });
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    return answer.choices[0]?.message.content ?? "";
  }
  let text = "";
  for await (const chunk of await client.chat.completions.create({ model, messages, stream })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return text;
}

describe("where vectors cannot be had", () => {
  const broken = { embeddingsUrl: "http://127.0.0.1:1/v1/embeddings" };

  test("the call goes on as if there were no cache", async () => {
    await using route = await cached(lab, broken);
    const response = await route.post(QUESTION);
    expect([response.status, status(response)]).toEqual([200, "Bypass"]);
    const { ai } = await route.gateway.record(1);
    expect(ai?.proxy?.["cache"]).toMatchObject({ cache_status: "Bypass" });
  });

  test("stop_on_failure answers with 500", async () => {
    await using route = await cached(lab, { ...broken, cache: { stop_on_failure: true } });
    const response = await route.post(QUESTION);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: { message: "failed to query semantic cache" },
    });
    expect(asked(lab, "chat")).toBe(0);
  });
});

test("the log tells what the cache did; a hit has no latency of a model and costs nothing", async () => {
  await using route = await cached(lab);
  await contentOf(await route.post(QUESTION));
  await contentOf(await route.post(NEAR));
  const [miss, hit] = [await route.gateway.record(1), await route.gateway.record(2)];
  const common = {
    vector_db: "memory",
    embeddings_provider: "openai",
    embeddings_model: "text-embedding-3-small",
    embeddings_latency: expect.any(Number),
    fetch_latency: expect.any(Number),
  };
  expect(miss.ai?.proxy?.["cache"]).toEqual({ cache_status: "Miss", ...common });
  const { cost: spent = 0 } = (miss.ai?.proxy?.["usage"] ?? {}) as { cost?: number };
  expect(spent).toBeGreaterThan(0);
  expect(hit.ai?.proxy?.["cache"]).toEqual({
    cache_status: "Hit",
    ...common,
    distance: expect.any(Number),
    cost_savings: spent,
  });
  expect(hit.ai?.proxy?.["meta"]).not.toHaveProperty("llm_latency");
  expect(hit.ai?.proxy?.["usage"]).not.toHaveProperty("time_per_token");
  expect(hit.ai?.proxy?.["usage"]).toMatchObject({
    cost: 0,
    time_to_first_token: expect.any(Number),
  });
});
