import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const QUESTION = "How do I reset my password?";
const SAME = "How can I reset my password?";
const ANOTHER = "How do I reset my router?";

async function served(models: object, more: object = {}) {
  const here = { type: "vllm", url: `${lab.url}/v1` };
  const gateway = await startGateway({ providers: { here }, models, ...more });
  return {
    gateway,
    async ask(content: string, more: object = {}, headers: Record<string, string> = {}) {
      const body = { model: "fast", messages: [{ role: "user", content }], ...more };
      const response = await gateway.post("/v1/chat/completions", body, { headers });
      const text = await response.text();
      return { status: response.headers.get("x-cache-status"), code: response.status, text };
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

const CACHED = { fast: { use: "here/echo", cache: "semantic" } };

describe("cache: semantic", () => {
  test("answers a paraphrase without the model, and has the model answer a near miss", async () => {
    await using gateway = await served(CACHED);
    expect(await gateway.ask(QUESTION)).toMatchObject({ status: "Miss" });
    const hit = await gateway.ask(SAME);
    expect(hit.status).toBe("Hit");
    expect(hit.text).toContain(QUESTION);
    const near = await gateway.ask(ANOTHER);
    expect(near.status).toBe("Miss");
    expect(near.text).toContain(ANOTHER);
    expect(lab.requests).toHaveLength(2);
  });

  test("keeps callers, system prompts and options apart", async () => {
    const keys = { alice: { key: "dg-alice-key" }, bob: { key: "dg-bob-key" } };
    await using gateway = await served(CACHED, { keys });
    const alice = { authorization: "Bearer dg-alice-key" };
    const bob = { authorization: "Bearer dg-bob-key" };
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: QUESTION },
    ];
    await gateway.ask(QUESTION, {}, alice);
    expect(await gateway.ask(QUESTION, {}, bob)).toMatchObject({ code: 200, status: "Miss" });
    expect(await gateway.ask(QUESTION, { messages }, alice)).toMatchObject({ status: "Miss" });
    expect(await gateway.ask(QUESTION, { temperature: 1 }, alice)).toMatchObject({
      status: "Miss",
    });
    expect(await gateway.ask(QUESTION, {}, alice)).toMatchObject({ status: "Hit" });
  });

  test("keeps conversations apart: the same words ask for something else in another one", async () => {
    await using gateway = await served(CACHED);
    const after = (first: string) => ({
      messages: [
        { role: "user", content: first },
        { role: "assistant", content: "Here are two." },
        { role: "user", content: "What about the second one?" },
      ],
    });
    await gateway.ask("", after("Name two rivers."));
    expect(await gateway.ask("", after("Name two films."))).toMatchObject({ status: "Miss" });
    expect(await gateway.ask("", after("Name two rivers."))).toMatchObject({ status: "Hit" });
  });

  test("keeps names apart, though they stand for one model", async () => {
    await using gateway = await served({
      ...CACHED,
      quick: { use: "here/echo", cache: "semantic" },
    });
    await gateway.ask(QUESTION);
    expect(await gateway.ask(QUESTION, { model: "quick" })).toMatchObject({ status: "Miss" });
  });

  test("is of its model alone", async () => {
    await using gateway = await served({ ...CACHED, plain: "here/echo" });
    expect(await gateway.ask(QUESTION, { model: "plain" })).toMatchObject({
      code: 200,
      status: null,
    });
  });

  test("of several targets keeps what any of them said", async () => {
    const models = { fast: { use: ["here/echo", "here/plain"], cache: "semantic" } };
    await using gateway = await served(models);
    await gateway.ask(QUESTION);
    expect(await gateway.ask(SAME, { stream: true })).toMatchObject({ status: "Hit" });
  });
});

test("time to live, threshold, verification and watching are a model's own", async () => {
  const semantic = { ttl: "1h", threshold: 0, shadow: true };
  await using gateway = await served({ fast: { use: "here/echo", cache: { semantic } } });
  const [plugin] = gateway.gateway.gateway.config.plugins.filter(
    ({ name }) => name === "ai-semantic-cache",
  );
  expect(plugin?.options).toMatchObject({
    models: { fast: { cache_ttl: 3600, threshold: 0, verify: "words", shadow: true } },
    partition_by: ["caller", "system_prompt", "history", "options"],
  });
  await gateway.ask(QUESTION);
  expect(await gateway.ask(QUESTION)).toMatchObject({ status: "Miss" });
});

test.each([
  [{ semantic: { verify: "off" } }, ["models.fast.cache.semantic.verify", "warning"]],
  [{ semantic: { ttl: "soon" } }, ["models.fast.cache.semantic.ttl", "error"]],
  ["exact", ["models.fast.cache", "error"]],
])("cache: %j is told of at its place", (cache, [path, severity]) => {
  const file = {
    providers: { here: { type: "vllm", url: "http://127.0.0.1:9/v1" } },
    models: { fast: { use: "here/echo", cache } },
  };
  const context = { env: {}, plugins: PLUGINS, readFile: () => "" };
  const result = loadConfig({ text: JSON.stringify(file), file: "g.yaml" }, context);
  const problems = "problems" in result ? result.problems : result.config.warnings;
  expect(problems).toContainEqual(expect.objectContaining({ path, severity }));
});
