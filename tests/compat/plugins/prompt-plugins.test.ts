import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { promptShown } from "../../../src/gateway/request/client-prompt.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { definePlugin } from "../../../src/plugins/define-plugin.ts";
import { openai, startGateway, textOf } from "../../gateway.ts";
import { answer, llmAt, scriptedModel } from "./scripted-model.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const EXPLAIN = '{"messages":[{"role":"user","content":"Explain {{thing}}."}]}';
const named = (properties: object, more: object = {}) => ({
  model: "lab/echo",
  messages: "{template://explain}",
  properties,
  ...more,
});
const template = {
  name: "ai-prompt-template",
  config: { templates: [{ name: "explain", template: EXPLAIN }] },
};
const decorator = {
  name: "ai-prompt-decorator",
  config: {
    prompts: {
      prepend: [{ content: "Be brief." }],
      append: [{ role: "user", content: "Please." }],
    },
  },
};
const guard = {
  name: "ai-prompt-guard",
  config: { deny_patterns: ["forbidden", "^Please. Explain silence"] },
};
const keyAuth = {
  name: "key-auth",
  config: { key_names: ["authorization"], key_strip_bearer: true },
};

const file = (...plugins: readonly object[]) => ({
  _format_version: "3.0",
  consumers: [{ username: "alice", keyauth_credentials: [{ key: "a-canary-key" }] }],
  services: [
    {
      name: "s",
      url: "http://localhost:1",
      routes: [
        {
          name: "r",
          paths: ["/ai"],
          plugins: [...plugins, { name: "ai-proxy", config: openai(lab.url) }],
        },
      ],
    },
  ],
});

const LATENCY = expect.any(Number);

/** Each member at least what is said of it. */
function subset(members: Readonly<Record<string, object>>) {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, expect.objectContaining(value)]),
  );
}

const headers = { authorization: "Bearer a-canary-key" };

describe("all on one route, in order, whatever the order of the file", () => {
  test.each([false, true])("streamed %p", async (stream) => {
    const rewrite = (text: string) => text.replace("cats", "dogs");
    await using model = scriptedModel(({ messages: [told, asked] }) => {
      const text = asked?.content ?? "";
      return told?.content === "in"
        ? rewrite(text)
        : JSON.stringify(answer(`heard: ${JSON.parse(text).choices[0].message.content}`));
    });
    const transformer = (name: string, prompt: string) => ({
      name,
      config: { prompt, llm: llmAt(model.url) },
    });
    const plugins = [
      transformer("ai-response-transformer", "out"),
      guard,
      decorator,
      template,
      transformer("ai-request-transformer", "in"),
      keyAuth,
    ];
    await using gateway = await startGateway(file(...plugins));
    const got = await gateway.post("/ai", named({ thing: "cats" }, { stream }), { headers });
    expect(got.status).toBe(200);
    const text = await got.text();
    // The request transformer saw the template's name, the decorator the rendered prompt.
    expect(stream ? textOf(text) : JSON.parse(text).choices[0].message.content).toBe(
      "heard: Please.",
    );
    expect(JSON.parse(lab.requests[0]?.body ?? "")).toMatchObject({
      model: "lab/echo",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Explain dogs." },
        { role: "user", content: "Please." },
      ],
    });
    const record = await gateway.record();
    expect(record.consumer?.username).toBe("alice");
    const model37 = { usage: { total_tokens: 37, cost: 0.00037 }, meta: { llm_latency: LATENCY } };
    const step = { input_processing_latency: LATENCY };
    expect(record.ai).toEqual({
      "ai-request-transformer": expect.objectContaining(subset(model37)),
      "ai-prompt-template": { template: "explain", ...step },
      "ai-prompt-decorator": step,
      "ai-prompt-guard": { ...step, input_block_reason: "" },
      "ai-response-transformer": expect.objectContaining(subset(model37)),
      proxy: expect.objectContaining({ usage: expect.anything(), meta: expect.anything() }),
    });
    expect(JSON.stringify([record, lab.requests, model.questions])).not.toContain("a-canary-key");
  });

  test("without a key nobody else is asked", async () => {
    await using model = scriptedModel(() => "x");
    const transformer = {
      name: "ai-request-transformer",
      config: { prompt: "in", llm: llmAt(model.url) },
    };
    await using gateway = await startGateway(file(transformer, template, keyAuth));
    expect((await gateway.post("/ai", named({ thing: "cats" }))).status).toBe(401);
    expect(model.questions).toHaveLength(0);
  });
});

describe("guards see what the model will", () => {
  test("the prompt guard: rendered and decorated", async () => {
    await using gateway = await startGateway(file(template, decorator, guard));
    const statusOf = async (thing: string) => (await gateway.post("/ai", named({ thing }))).status;
    expect(await statusOf("forbidden things")).toBe(400);
    expect(await statusOf("silence")).toBe(400);
    expect(await statusOf("sound")).toBe(200);
  });

  /** A guard of a higher priority than the template's. */
  function early(seen: string[]) {
    return definePlugin({
      name: "early-guard",
      priority: 780,
      about: "Notes prompts.",
      options: z.strictObject({}),
      scopes: ["route"],
      create: () => ({
        async handle(call, next) {
          const reading = { llmFormat: "openai", limitBytes: 0, unreadable: "?" } as const;
          const { wire } = await promptShown(call, reading);
          seen.push(JSON.stringify(wire["messages"]));
          return next(call);
        },
      }),
    });
  }

  test("a guard before the template: rendered", async () => {
    const seen: string[] = [];
    const plugins = [early(seen)];
    await using gateway = await startGateway(file(template, decorator, { name: "early-guard" }), {
      plugins,
    });
    expect((await gateway.post("/ai", named({ thing: "cats" }))).status).toBe(200);
    expect(seen).toEqual(['[{"role":"user","content":"Explain cats."}]']);
    expect(JSON.parse(lab.requests[0]?.body ?? "").messages).toHaveLength(3);
  });

  test("a guard before the template, where there is none", async () => {
    const seen: string[] = [];
    const plugins = [early(seen)];
    await using gateway = await startGateway(file(decorator, { name: "early-guard" }), { plugins });
    const messages = [{ role: "user", content: "hi" }];
    expect((await gateway.post("/ai", { model: "lab/echo", messages })).status).toBe(200);
    expect(seen).toEqual([JSON.stringify(messages)]);
  });

  test("a template for one consumer alone is previewed for that consumer", async () => {
    const seen: string[] = [];
    const plugins = [early(seen)];
    const base = file(keyAuth, { name: "early-guard" });
    const consumers = [
      { username: "alice", keyauth_credentials: [{ key: "a" }], plugins: [template] },
      { username: "bob", keyauth_credentials: [{ key: "b" }] },
    ];
    await using gateway = await startGateway({ ...base, consumers }, { plugins });
    for (const key of ["a", "b"]) {
      const init = { headers: { authorization: `Bearer ${key}` } };
      await gateway.post("/ai", named({ thing: "cats" }), init);
    }
    expect(seen).toEqual(['[{"role":"user","content":"Explain cats."}]', '"{template://explain}"']);
  });
});

describe("scopes of the template and the decorator", () => {
  test("consumer, group, route, service, global", async () => {
    const adding = (content: string) => ({
      name: "ai-prompt-decorator",
      config: { prompts: { prepend: [{ content }] } },
    });
    const proxy = { name: "ai-proxy", config: openai(lab.url) };
    const key = { name: "key-auth" };
    const routes = [
      { name: "own", paths: ["/own"], plugins: [adding("route"), proxy] },
      { name: "keyed", paths: ["/keyed"], plugins: [proxy, key] },
    ];
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [
        { name: "s", url: "http://localhost:1", routes, plugins: [adding("service")] },
        {
          name: "t",
          url: "http://localhost:1",
          routes: [{ name: "t", paths: ["/t"], plugins: [proxy] }],
        },
      ],
      plugins: [adding("global")],
      consumer_groups: [{ name: "g", plugins: [adding("group")] }],
      consumers: [
        { username: "a", keyauth_credentials: [{ key: "a" }], plugins: [adding("consumer")] },
        { username: "b", keyauth_credentials: [{ key: "b" }], groups: [{ name: "g" }] },
      ],
    });
    const added = async (path: string, apikey = "") => {
      const messages = [{ role: "user", content: "hi" }];
      await gateway.post(path, { model: "lab/echo", messages }, { headers: { apikey } });
      return JSON.parse(lab.requests.at(-1)?.body ?? "").messages[0].content;
    };
    expect(await added("/t")).toBe("global");
    expect(await added("/own")).toBe("route");
    expect(await added("/keyed", "a")).toBe("consumer");
    expect(await added("/keyed", "b")).toBe("group");
  });
});
