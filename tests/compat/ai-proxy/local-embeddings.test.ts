import { describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { proxies, startGateway } from "../../gateway.ts";

const LOCAL = {
  route_type: "llm/v1/embeddings",
  logging: { log_statistics: true, log_payloads: true },
  model: { provider: "local", name: "all-minilm-l6-v2", options: { input_cost: 0 } },
};

const sdk = (url: string) => new OpenAI({ apiKey: "client", baseURL: url, maxRetries: 0 });
const dot = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);

describe("llm/v1/embeddings of the local model", () => {
  test("the short form serves it as local/…, and OpenAI's SDK reads the answer", async () => {
    await using gateway = await startGateway("models:\n  meaning: local/all-minilm-l6-v2\n");
    const { data, usage, model } = await sdk(`${gateway.url}/v1`).embeddings.create({
      model: "meaning",
      input: ["How do I reset my password?", "I forgot my password", "Why is the sky blue?"],
    });
    const [asked = [], near = [], far = []] = data.map(({ embedding }) => embedding);
    expect([asked.length, model]).toEqual([256, "all-minilm-l6-v2"]);
    expect(dot(asked, asked)).toBeCloseTo(1, 5);
    expect(dot(asked, near)).toBeGreaterThan(dot(asked, far) + 0.3);
    expect(usage).toEqual({ prompt_tokens: 17, total_tokens: 17 });
  });

  test("in a file; nothing is asked upstream, and the record says who answered", async () => {
    await using gateway = await startGateway(proxies({ path: "/ai", ...LOCAL }));
    const answer = await gateway.post("/ai", { input: "river bank", dimensions: 64 });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.headers.get("x-kong-llm-model")).toBe("local/all-minilm-l6-v2");
    const { data } = (await answer.json()) as OpenAI.CreateEmbeddingResponse;
    expect(data[0]?.embedding).toHaveLength(64);
    const record = await gateway.record(1);
    expect(record.ai?.proxy).toMatchObject({
      meta: { provider_name: "local", request_model: "all-minilm-l6-v2" },
      usage: { prompt_tokens: 2, completion_tokens: 0, total_tokens: 2 },
    });
  });

  test.each([
    [{ input: "a", dimensions: 257 }, 400, "dimensions must be 1 to 256"],
    [{ input: [1.5] }, 400, "input"],
    [{ input: Array(2_049).fill("a") }, 400, "input may hold 2048 texts, and holds 2049"],
  ])("what cannot be answered is refused: %#", async (body, status, sentence) => {
    await using gateway = await startGateway(proxies({ path: "/ai", ...LOCAL }));
    const answer = await gateway.post("/ai", body);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(sentence);
  });

  test("a model that it does not have", async () => {
    const model = { provider: "local", name: "bge" };
    await using gateway = await startGateway(proxies({ path: "/ai", ...LOCAL, model }));
    const answer = await gateway.post("/ai", { input: "a" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain(
      "provider local has no model 'bge': it has all-minilm-l6-v2",
    );
  });

  test("it serves nothing else", async () => {
    const chat = proxies({ path: "/ai", ...LOCAL, route_type: "llm/v1/chat" });
    await expect(startGateway(chat)).rejects.toThrow(
      "provider local has no 'llm/v1/chat': it serves llm/v1/embeddings",
    );
  });
});
