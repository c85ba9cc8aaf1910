import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { proxies, startGateway } from "../gateway.ts";

/** Partners' models on Vertex AI; Claude's cases through the gateway stand in the conformance table. */
let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ keys: ["token"] });
});
afterAll(() => lab.stop());

const MODELS = "/v1/projects/p/locations/l/publishers";
const messages = [{ role: "user" as const, content: "Hello" }];

async function ask(path: string, body: object, token = "token") {
  const answer = await fetch(`${lab.url}${MODELS}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const { error, message, content, choices } = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, said: JSON.stringify(error ?? message ?? content ?? choices) };
}

describe("the lab's Vertex AI", () => {
  const claude = "/anthropic/models/claude-sonnet-4-5@20250929";
  const asked = { anthropic_version: "vertex-2023-10-16", max_tokens: 50, messages };

  test.each([
    ["its own version", asked, 200, "Hello"],
    ["the API's version", { ...asked, anthropic_version: "2023-06-01" }, 200, "Hello"],
    ["no version", { max_tokens: 50, messages }, 400, "anthropic_version"],
    ["a model in the body", { ...asked, model: "claude-sonnet-4-5" }, 400, "model"],
    ["a stream where none is asked for", { ...asked, stream: true }, 400, "stream"],
  ])("takes Claude's requests with %s as Vertex does", async (_, body, status, words) => {
    const answer = await ask(`${claude}:rawPredict`, body);
    expect(answer.status).toBe(status);
    expect(answer.said).toContain(words);
  });

  const mistral = "/mistralai/models/mistral-large@2407";
  test.each([
    ["the model without its version", { model: "mistral-large", messages }, 200, "Hello"],
    ["another model", { model: "mistral-large@2407", messages }, 400, "Invalid model"],
    [
      "a stream where none is asked for",
      { model: "mistral-large", messages, stream: true },
      400,
      "stream",
    ],
  ])("takes Mistral's requests with %s as Vertex does", async (_, body, status, words) => {
    const answer = await ask(`${mistral}:rawPredict`, body);
    expect(answer.status).toBe(status);
    expect(answer.said).toContain(words);
  });

  test.each([claude, mistral])("wants Google's token for %s", async (path) => {
    const answer = await ask(`${path}:rawPredict`, asked, "another");
    expect([answer.status, answer.said]).toEqual([401, expect.stringContaining("UNAUTHENTICATED")]);
  });
});

test("Mistral on Vertex AI answers an OpenAI client, whole and streamed", async () => {
  await using gateway = await startGateway(
    proxies({
      path: "/v1/chat/completions",
      route_type: "llm/v1/chat",
      auth: { header_name: "Authorization", header_value: "Bearer token" },
      model: {
        provider: "gemini",
        name: "mistral-large@2407",
        options: {
          gemini: { api_endpoint: "vertex.test", project_id: "p", location_id: "l" },
          upstream_url: `${lab.url}${MODELS}/mistralai/models/mistral-large@2407:rawPredict`,
        },
      },
    }),
  );
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "x", maxRetries: 0 });
  const model = "mistral-large@2407";
  const whole = await client.chat.completions.create({ model, messages, seed: 3 });
  let streamed = "";
  const chunks = await client.chat.completions.create({ model, messages, seed: 3, stream: true });
  for await (const { choices } of chunks) streamed += choices[0]?.delta.content ?? "";
  expect(whole.choices[0]?.message.content).toContain("Hello");
  expect(streamed).toContain("Hello");
});
