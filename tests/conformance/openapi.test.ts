import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { startAdminServer } from "../../src/admin/admin-server.ts";
import { openApiDocument } from "../../src/admin/openapi.ts";
import type { SchemaName } from "../../src/admin/openapi-operations.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { eventsOf, proxies, startGateway } from "../gateway.ts";
import { TABLE_PROVIDERS, type TableProvider } from "./table/providers.ts";
import { tableConfig } from "./table/run-table.ts";

const description = JSON.parse(JSON.stringify(openApiDocument()));
const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(description, "api");

/** What is wrong with a value, by the description. */
function faults(value: unknown, name: SchemaName): readonly unknown[] {
  const fits = ajv.getSchema(`api#/components/schemas/${name}`);
  if (!fits) throw new Error(`no schema ${name}`);
  return fits(value) ? [] : [...(fits.errors ?? []), value];
}

function expectFits(value: unknown, name: SchemaName): void {
  expect(faults(value, name)).toEqual([]);
}

function expectStream(text: string, name: SchemaName): void {
  const data = eventsOf(text);
  expect(data.length).toBeGreaterThan(1);
  for (const one of data) expectFits(one === "[DONE]" ? one : JSON.parse(one), name);
}

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe("the description", () => {
  test("is valid OpenAPI 3.1, and all its references lead somewhere", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(description))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    const text = JSON.stringify(description);
    for (const [, path = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path.split("/").reduce((value, key) => value?.[key], description);
      expect([path, found]).toEqual([path, expect.any(Object)]);
    }
  });

  test("is served by the admin listener and printed by the command line", async () => {
    const admin = await startAdminServer({
      hostname: "127.0.0.1",
      port: 0,
      processState: createProcessState(),
      notReady: () => undefined,
    });
    const response = await fetch(`http://127.0.0.1:${admin.port}/openapi.json`);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual(description);
    await admin.stop();
    const main = join(import.meta.dirname, "../../src/main.ts");
    const printed = Bun.spawnSync([process.execPath, main, "schema", "--openapi"]);
    expect(JSON.parse(printed.stdout.toString())).toEqual(description);
  });

  test("finds what is wrong", () => {
    const message = { role: "user", content: [{ type: "text" }] };
    expect(faults({ messages: [message] }, "ChatCompletionRequest")).not.toEqual([]);
    expect(faults({ messages: "Hi" }, "ChatCompletionRequest")).not.toEqual([]);
    expect(faults({ object: "chat.completion" }, "ChatCompletion")).not.toEqual([]);
    expect(faults({ error: "no" }, "Error")).not.toEqual([]);
  });
});

const user = (content: string) => ({ role: "user", content });
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    },
  },
];

/** Requests, and how the lab behaves behind the provider. */
const ASKED: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ["plain", "plain", { messages: [{ role: "system", content: "Be." }, user("Hi")] }],
  ["tools", "plain", { messages: [user("Weather?")], tools }],
  ["parallel tools", "parallel-tools", { messages: [user("Both?")], tools }],
  ["reasoning", "reasoning", { messages: [user("Think.")], reasoning_effort: "medium" }],
  ["length", "long", { messages: [user("Long.")], max_tokens: 5 }],
  ["content filter", "content-filter", { messages: [user("Hm.")] }],
  ["refusal", "refusal", { messages: [user("Hm.")] }],
  ["cached", "cached", { messages: [user("Hm.")] }],
];

const FAILING = ["400", "401", "403", "404", "413", "422", "429", "500", "503", "529"].concat([
  "empty-200",
  "html-200",
  "error-in-200",
  "reset-after-headers",
  "redirect",
]);

/** What breaks once the stream is under way. */
const BREAKING = ["eof-mid-stream", "reset-mid-stream", "error-in-stream"];

describe.each(TABLE_PROVIDERS.map((provider) => [provider.label, provider] as const))(
  "what goes over the wire with %s is as described",
  (_label, provider) => {
    test("requests, answers, streams and errors", async () => {
      await using gateway = await startGateway(tableConfig(provider, lab.url));
      const post = (traits: string, body: object) =>
        gateway.post("/v1/chat/completions", body, { headers: { "x-lab-traits": traits } });

      for (const [name, traits, asked] of ASKED) {
        // Mistral ends such an answer with an error.
        if (provider.cannot?.[`finish: ${name.replace(" ", "_")}`] !== undefined) continue;
        const body = { ...asked, model: provider.model };
        expectFits(body, "ChatCompletionRequest");
        const whole = await post(traits, body);
        expect([name, whole.status]).toEqual([name, 200]);
        const answer = JSON.parse(await whole.text());
        expectFits(answer, "ChatCompletion");
        const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
        expectFits(streamed, "ChatCompletionRequest");
        expectStream(await (await post(traits, streamed)).text(), "ChatCompletionStreamEvent");
        expectFits(nextTurn(provider, body, answer), "ChatCompletionRequest");
      }
      const plain = { model: provider.model, messages: [user("Hi")] };
      for (const fault of FAILING) {
        for (const stream of [false, true]) {
          const failed = await post(fault, { ...plain, stream });
          expect([fault, failed.status >= 400]).toEqual([fault, true]);
          const error = await failed.json();
          const isOurs = gateway.records.at(-1)?.source !== "upstream";
          expectFits(error, isOurs ? "Error" : "ProviderError");
        }
      }
      for (const fault of BREAKING) {
        const broken = await (await post(`${fault}+slow-2`, { ...plain, stream: true })).text();
        expectStream(broken, "ChatCompletionStreamEvent");
        const errors = eventsOf(broken).filter((data) => data.startsWith('{"error"'));
        expect(errors).toHaveLength(1);
        for (const error of errors) expectFits(JSON.parse(error), "StreamError");
      }
    });
  },
);

/** The answer's message as the history of the next request, with results for its calls. */
function nextTurn(
  { model }: TableProvider,
  { messages }: Record<string, unknown>,
  answer: { choices: { message: { tool_calls?: { id: string }[] } }[] },
) {
  const [choice] = answer.choices;
  const results = (choice?.message.tool_calls ?? []).map(({ id }) => ({
    role: "tool",
    tool_call_id: id,
    content: "21",
  }));
  const history = Array.isArray(messages) ? messages : [];
  return { model, messages: [...history, choice?.message, ...results, user("And?")] };
}

const completionsAt = (provider: string, path: string, options: object = {}) =>
  [provider, { provider, options: { upstream_url: lab.url + path, ...options } }] as const;

test.each(["openai", "anthropic", "cohere", "ollama", "gemini"])(
  "so are legacy completions with %s",
  async (name) => {
    const targets: Readonly<Record<string, object>> = Object.fromEntries([
      completionsAt("openai", "/v1/completions"),
      completionsAt("anthropic", "/v1/messages", { anthropic_version: "2023-06-01" }),
      completionsAt("cohere", "/v1/generate"),
      completionsAt("ollama", "/api/generate"),
      completionsAt("gemini", "/v1beta/models/gemini-2.5-flash:generateContent"),
    ]);
    const config = {
      route_type: "llm/v1/completions",
      auth: { header_name: "x-api-key", header_value: "lab" },
      model: targets[name],
    };
    await using gateway = await startGateway(proxies(config));
    const body = { prompt: "Say hello", max_tokens: 20, model: "lab/plain" };
    expectFits(body, "CompletionRequest");
    const whole = await gateway.post("/ai", body);
    expect(whole.status).toBe(200);
    expectFits(await whole.json(), "Completion");
    const options = { stream: true, stream_options: { include_usage: true } };
    const streamed = await gateway.post("/ai", { ...body, ...options });
    expectStream(await streamed.text(), "CompletionStreamEvent");
    const failed = await gateway.post("/ai", { prompt: [1, 2], model: "lab/empty-200" });
    expectFits(await failed.json(), "Error");
  },
);

test("so are the lists of models", async () => {
  const config = {
    providers: { openai: { key: "sk-lab", url: `${lab.url}/v1` } },
    models: { fast: "openai/gpt-4o-mini" },
  };
  await using gateway = await startGateway(config);
  const list = await (await fetch(`${gateway.url}/v1/models`)).json();
  expectFits(list, "ModelList");
  expectFits(await (await fetch(`${gateway.url}/v1/models/fast`)).json(), "Model");
  const missing = await fetch(`${gateway.url}/v1/models/none`);
  expect(missing.status).toBe(404);
  expectFits(await missing.json(), "Error");
});

test("so are vectors, numbers and base64, counted and estimated", async () => {
  await using gateway = await startGateway({
    providers: {
      openai: { type: "openai", url: `${lab.url}/v1`, key: "k" },
      cohere: { url: `${lab.url}/v2`, key: "k" },
      huggingface: { url: `${lab.url}/v1`, key: "k" },
    },
  });
  for (const model of ["openai/text-embedding-3-small", "cohere/embed-v4.0", "huggingface/e5"]) {
    for (const encoding of ["float", "base64"]) {
      const asked = { model, input: ["a river", "a lake"], encoding_format: encoding };
      expectFits(asked, "EmbeddingsRequest");
      const answer = await gateway.post("/v1/embeddings", asked);
      expect([model, answer.status]).toEqual([model, 200]);
      expectFits(await answer.json(), "Embeddings");
    }
    const refused = await gateway.post("/v1/embeddings", { model, input: [] });
    expect(refused.status).toBe(400);
    expectFits(await refused.json(), "Error");
  }
});
