import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { proxies, startGateway } from "../../gateway.ts";

/** What a client is told of a vendor's 200 that is no answer, in the reference's words. */

let body = "";
let upstream: ReturnType<typeof serve>;
const serve = () =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(body, { headers: { "content-type": "application/json" } }),
  });
beforeAll(() => {
  upstream = serve();
});
afterAll(() => upstream.stop(true));

const CHAT = "llm/v1/chat";
const COMPLETIONS = "llm/v1/completions";

/** The status, and the words without which provider and operation failed. */
async function told(provider: string, operation: string, options: object, answer: string) {
  body = answer;
  const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
  await using gateway = await startGateway(
    proxies({
      route_type: operation,
      auth: { header_name: "Authorization", header_value: "Bearer k" },
      model: { provider, name: "m", options: { upstream_url, ...options } },
    }),
  );
  const messages = [{ role: "user", content: "hi" }];
  const asked = operation === CHAT ? { messages } : { prompt: "hi" };
  const response = await gateway.post("/ai", asked);
  const { error } = (await response.json()) as { error: { message: string } };
  const prefix = `transformation failed from type ${provider}://${operation}: `;
  return [response.status, error.message.replace(prefix, "… ")];
}

const anthropic = { anthropic_version: "2023-06-01" };
const bedrock = { bedrock: { aws_region: "us-east-1" } };
const gone = (maker: string) =>
  `… no generation candidates received from ${maker}, or max_tokens too short`;

describe.each<[provider: string, operation: string, options: object, [string, string][]]>([
  [
    "anthropic",
    CHAT,
    anthropic,
    [
      ["{", "… failed to decode anthropic response"],
      ["{}", "… 'content' not in anthropic://llm/v1/chat response"],
    ],
  ],
  [
    "bedrock",
    CHAT,
    bedrock,
    [
      ["{", "… failed to decode response from Bedrock"],
      ["{}", gone("Bedrock")],
    ],
  ],
  [
    "gemini",
    CHAT,
    {},
    [
      ["{", "… failed to decode response from Gemini"],
      ["{}", gone("Gemini")],
      ['{"candidates":[]}', gone("Gemini")],
    ],
  ],
  [
    "cohere",
    CHAT,
    {},
    [
      ["{", "… failed to decode cohere response"],
      ["{}", "… 'text' or 'generations' missing from cohere response body"],
    ],
  ],
  [
    "cohere",
    COMPLETIONS,
    {},
    [["{}", "… 'text' or 'generations' missing from cohere response body"]],
  ],
  ["ollama", CHAT, {}, [["{", "… failed to decode ollama response"]]],
  [
    "llama2",
    CHAT,
    { llama2_format: "raw" },
    [
      ["{", "… cannot parse response from llama2 endpoint"],
      ['{"data":[]}', "… response data is empty from llama2 endpoint"],
      ['{"data":[{},{}]}', "… response data is empty from llama2 endpoint"],
      ['{"data":[{}]}', "… response did not contain a system reply"],
    ],
  ],
  [
    "huggingface",
    CHAT,
    {},
    [
      ["{", "… failed to decode llm/v1/chat response"],
      ["{}", "… 'choices' not in llm/v1/chat response"],
    ],
  ],
  [
    "huggingface",
    COMPLETIONS,
    {},
    [
      ["{", "… Failed to decode response"],
      ["{}", "… Invalid response format"],
    ],
  ],
])("%s %s %j", (provider, operation, options, table) => {
  test.each<[string, string]>([
    ...table,
    ["", "no response body found when transforming response"],
  ])("%s", async (answer, words) => {
    expect(await told(provider, operation, options, answer)).toEqual([500, words]);
  });
});

test.each([CHAT, COMPLETIONS])(
  "6.8 Hugging Face's error in a 200 of %s is a 502 in its words",
  async (operation) => {
    for (const error of [
      '{"error":"Model too busy"}',
      '{"error":"Model too busy","error_type":"x"}',
    ]) {
      expect(await told("huggingface", operation, {}, error)).toEqual([502, "Model too busy"]);
    }
  },
);

describe("a choice that says nothing, nor why it ended, is no answer", () => {
  test.each([
    ["openai", CHAT, '{"choices":[{}]}'],
    ["openai", CHAT, '{"choices":[{"index":0,"message":{"role":"assistant","content":""}}]}'],
    ["openai", COMPLETIONS, '{"choices":[{"index":0}]}'],
    ["deepseek", CHAT, '{"choices":[{"message":{"content":null},"finish_reason":null}]}'],
  ])("%s %s %s", async (provider, operation, answer) => {
    const words = "the upstream's answer says nothing, nor why it ended";
    expect(await told(provider, operation, {}, answer)).toEqual([502, words]);
  });

  test("a filter's word alone is one", async () => {
    body = '{"choices":[{"index":0,"message":{},"finish_reason":"content_filter"}]}';
    const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
    const model = { provider: "openai", name: "m", options: { upstream_url } };
    await using gateway = await startGateway(proxies({ route_type: CHAT, model }));
    const question = { messages: [{ role: "user", content: "hi" }] };
    expect((await gateway.post("/ai", question)).status).toBe(200);
    const streamed = await gateway.post("/ai", { ...question, stream: true });
    expect([streamed.status, await streamed.text()]).toEqual([
      200,
      expect.stringContaining('"finish_reason":"content_filter"'),
    ]);
  });

  test.each<[provider: string, options: object, answer: string, words: string]>([
    ["openai", {}, "{}", "'choices' not in llm/v1/chat response"],
    ["openai", {}, "junk", "failed to decode llm/v1/chat response"],
    ["anthropic", anthropic, "{}", "'content' not in anthropic://llm/v1/chat response"],
    ["cohere", {}, "{}", "'text' or 'generations' missing from cohere response body"],
  ])(
    "9.3 %s is told so where a stream was asked for %#",
    async (provider, options, answer, words) => {
      body = answer;
      const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
      const model = { provider, name: "m", options: { upstream_url, ...options } };
      await using gateway = await startGateway(proxies({ route_type: CHAT, model }));
      const messages = [{ role: "user", content: "hi" }];
      const response = await gateway.post("/ai", { messages, stream: true });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({
        error: { message: `transformation failed from type ${provider}://${CHAT}: ${words}` },
      });
    },
  );

  test("nor where a stream was asked for", async () => {
    body = '{"choices":[{}]}';
    const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
    const model = { provider: "openai", name: "m", options: { upstream_url } };
    await using gateway = await startGateway(proxies({ route_type: CHAT, model }));
    const messages = [{ role: "user", content: "hi" }];
    const response = await gateway.post("/ai", { messages, stream: true });
    expect(response.status).toBe(502);
  });
});

test("a count of tokens that leaves out the prompt is completed by an estimate", async () => {
  const details = { finish_reason: "length", generated_tokens: 7, seed: null, prefill: [] };
  body = JSON.stringify({ generated_text: " upon a time", details });
  const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
  const model = { provider: "huggingface", name: "m", options: { upstream_url } };
  await using gateway = await startGateway(
    proxies({ route_type: COMPLETIONS, model, logging: { log_statistics: true } }),
  );
  const answer = await (await gateway.post("/ai", { prompt: "Once there was" })).json();
  const { usage } = answer as { usage: { prompt_tokens: number } };
  expect(usage.prompt_tokens).toBeGreaterThan(0);
  expect(usage).toMatchObject({ completion_tokens: 7, estimated: true });
  expect((await gateway.record()).ai?.proxy).toMatchObject({ usage });
});
