import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { proxies, startGateway } from "../gateway.ts";

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
])("48 %s %s %j", (provider, operation, options, table) => {
  test.each<[string, string]>([
    ...table,
    ["", "no response body found when transforming response"],
  ])("48 %s", async (answer, words) => {
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
