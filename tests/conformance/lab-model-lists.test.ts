import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { CohereClient } from "cohere-ai";
import { Ollama } from "ollama";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe("the lab lists its models as the vendors do, as their own clients read it", () => {
  test("Anthropic's pages go on behind the last id", async () => {
    const client = new Anthropic({ baseURL: lab.url, apiKey: "k" });
    const ids = await Array.fromAsync(client.models.list({ limit: 7 }), ({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(20);
    const refused = await client.models.list({ limit: 5000 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Anthropic.BadRequestError);
  });

  test("Cohere's pages have tokens, and say what each model is for", async () => {
    const client = new CohereClient({ environment: lab.url, token: "k" });
    const { models, nextPageToken } = await client.models.list({ pageSize: 5 });
    expect(models).toHaveLength(5);
    const next = await client.models.list({
      pageSize: 5,
      ...(nextPageToken && { pageToken: nextPageToken }),
    });
    expect(next.models[0]?.name).not.toBe(models[0]?.name as string);
  });

  test("Ollama's tags", async () => {
    const { models } = await new Ollama({ host: lab.url }).list();
    expect(models.map(({ name }) => name)).toContain("echo");
  });

  test("Gemini's pages", async () => {
    type Page = { models: readonly { name: string }[]; nextPageToken: string };
    const page = async (query: string) =>
      (await (await fetch(`${lab.url}/v1beta/models?pageSize=3${query}`)).json()) as Page;
    const first = await page("");
    expect(first.models).toHaveLength(3);
    const next = await page(`&pageToken=${first.nextPageToken}`);
    expect(next.models[0]?.name).toStartWith("models/");
    expect(first.models).not.toContainEqual(next.models[0] as never);
  });
});

describe("a wrong path is answered as its vendor does", () => {
  test.each([
    ["/v1/v1/chat/completions", '"Invalid URL (POST /v1/v1/chat/completions)"'],
    ["/chat/completions", '"Invalid URL (POST /chat/completions)"'],
    ["/v1/chat/completions/chat/completions", '"Invalid URL'],
    ["/v1/chat/completion", '"Invalid URL'],
    ["/V1/chat/completions", '"Invalid URL'],
    ["/v1/v1/messages", '"type":"not_found_error","message":"Not Found"'],
    ["/messages", '"type":"not_found_error"'],
    ["/v1beta/models/m:generate", "Error 404 (Not Found)!!1"],
    ["/model/m/talk", "Unknown operation"],
    ["/api/chats", "404 page not found"],
    ["/mistral/chat/completions", "no Route matched with those values"],
    ["/openai/deployments/d/chat", "Resource not found"],
    ["/v2/chats", "not found"],
  ])("POST %s", async (path, words) => {
    const response = await fetch(lab.url + path, { method: "POST", body: "{}" });
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining(words)]);
  });
});
