import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { openai, proxies, startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  gateway = await startGateway({ providers: { vllm: { url: `${lab.url}/v1` } } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

async function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const body = method === "POST" ? "{}" : undefined;
  const response = await fetch(`${gateway.url}${path}`, { method, headers, ...(body && { body }) });
  return { response, text: await response.text() };
}

const CALL = "/v1/chat/completions (OpenAI's Chat Completions";

describe("a dialect that is not served is told so in its own words", () => {
  test.each([
    ["/v1/messages/batches", { type: "error", error: { type: "not_found_error" } }],
    ["/anthropic/v1/complete", { type: "error" }],
    ["/v1beta/models/m:embedContent", { error: { code: 404, status: "NOT_FOUND" } }],
    ["/v1beta/files", { error: { code: 404 } }],
    [
      "/v1/projects/p/locations/l/publishers/google/models/m:generateContent",
      { error: { code: 404 } },
    ],
    ["/v1/fim/completions", { error: { type: "invalid_request_error" } }],
    ["/v1/images/generations", { error: { type: "invalid_request_error" } }],
    ["/api/chat", { error: expect.any(String) }],
    ["/api/generate", { error: expect.any(String) }],
    ["/v2/chat", { message: expect.any(String) }],
    ["/v1/rerank", { message: expect.any(String) }],
    ["/model/anthropic.claude-v2/converse", { message: expect.any(String) }],
    ["/generate", { error: expect.any(String) }],
  ])("POST %s", async (path, shape) => {
    const { response, text } = await ask("POST", path);
    expect(response.status).toBe(404);
    expect(JSON.parse(text)).toMatchObject(shape);
    expect(text).toContain(`is not served here. Call POST ${gateway.url}${CALL}`);
    expect(text).toContain("POST /v1/embeddings (OpenAI's Embeddings), POST /v1/responses (");
  });

  test("so that its own client reads it", async () => {
    const client = new Anthropic({ baseURL: gateway.url, apiKey: "k", maxRetries: 0 });
    const failure = await client.messages.batches
      .create({ requests: [] })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Anthropic.NotFoundError);
    expect(String(failure)).toContain("Message Batches (POST /v1/messages/batches) is not served");
  });

  test("an address of nobody's is told in the dialect that a header speaks for", async () => {
    const { text } = await ask("GET", "/nothing", { "anthropic-version": "2023-06-01" });
    expect(JSON.parse(text)).toMatchObject({ type: "error" });
    expect((await ask("GET", "/nothing")).text).toContain("GET /nothing is not served here.");
  });
});

describe("a path that is nearly one is told the one", () => {
  test.each([
    ["/chat/completions", "/v1/chat/completions"],
    ["/v1/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/v1//chat/completions", "/v1/chat/completions"],
    ["/V1/Chat/Completions", "/v1/chat/completions"],
    ["/v1/chat/completion", "/v1/chat/completions"],
    ["/v1/chat/completions/chat/completions", "/v1/chat/completions"],
    ["/openai/deployments/gpt-4o/chat/completions", "/v1/chat/completions"],
    ["/v1/embedding", "/v1/embeddings"],
    ["/completions", "/v1/completions"],
    ["/v1/Embeddings/", "/v1/embeddings"],
  ])("POST %s", async (path, meant) => {
    const { response, text } = await ask("POST", path);
    const { error } = JSON.parse(text);
    expect([response.status, error.message]).toEqual([
      404,
      expect.stringContaining(`Did you mean POST ${gateway.url}${meant} (`),
    ]);
  });

  test("GET /models", async () => {
    const { text } = await ask("GET", "/models");
    expect(text).toContain(`Did you mean GET ${gateway.url}/v1/models (`);
  });

  test("slashes too many do no harm", async () => {
    const chat = { model: "echo", messages: [{ role: "user", content: "a" }] };
    expect((await gateway.post("/v1/chat/completions/", chat)).status).toBe(200);
    expect((await gateway.post("//v1/chat/completions", chat)).status).toBe(200);
    expect((await ask("GET", "/v1/models/")).response.status).toBe(200);
  });
});

describe("another method", () => {
  test.each([
    ["GET", "/v1/chat/completions", "POST, OPTIONS"],
    ["PUT", "/v1/embeddings", "POST, OPTIONS"],
    ["DELETE", "/v1/models", "GET, HEAD, OPTIONS"],
    ["POST", "/v1/models/m", "GET, HEAD, OPTIONS"],
  ])("%s %s is 405 and says which is served", async (method, path, allow) => {
    const { response, text } = await ask(method, path);
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    const { error } = JSON.parse(text);
    expect(error.message).toContain(`${method} is not served at /v1/`);
    expect(error.message).toContain(`send ${allow.startsWith("POST") ? "POST" : "GET or HEAD"}.`);
  });

  test("OPTIONS says it without a word, also where keys are asked for", async () => {
    const keyed = { vllm: { url: `${lab.url}/v1` } };
    await using guarded = await startGateway({ providers: keyed, keys: { web: { key: "k-123" } } });
    for (const { url } of [gateway, guarded]) {
      const response = await fetch(`${url}/v1/chat/completions`, { method: "OPTIONS" });
      expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([
        204,
        "POST, OPTIONS",
        "",
      ]);
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
    }
  });
});

test("a file of routes keeps the reference's answer", async () => {
  await using plain = await startGateway(proxies(openai(lab.url)));
  const response = await plain.post("/v1/messages", {});
  expect([response.status, await response.json()]).toEqual([
    404,
    { message: "no Route matched with those values", request_id: expect.any(String) },
  ]);
});

test("the record of such a call says what was wrong", async () => {
  const before = gateway.records.length;
  await ask("POST", "/v1/rerank");
  const record = await gateway.record(before + 1);
  expect(record).toMatchObject({ response: { status: 404 }, route: { name: "models-other" } });
});
