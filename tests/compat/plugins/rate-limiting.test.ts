import { afterEach, beforeEach, expect, setSystemTime, test } from "bun:test";
import { startGateway } from "../../gateway.ts";
import { onEachStore } from "./limited-on-redis.ts";
import {
  ask,
  limited as limitedBy,
  openaiLimit,
  proxyTo,
  QUESTION,
  START_MS,
  statuses,
  target as targetAt,
} from "./rate-limited.ts";
import { type ScriptedModel, scriptedModel } from "./scripted-model.ts";

/** Each answer of the model counts 25 tokens in and 12 out. */
let model: ScriptedModel;
const at = (seconds: number) => setSystemTime(new Date(START_MS + seconds * 1000));

beforeEach(() => {
  model = scriptedModel(() => "Yes.");
  at(0);
});
afterEach(async () => {
  setSystemTime();
  await model[Symbol.asyncDispose]();
});

const target = (provider: string, options: object = {}) => targetAt(model.url, provider, options);
const limitedIn =
  (store: () => object) =>
  (config: object, proxy: object = proxyTo(target("openai"))) =>
    limitedBy({ ...store(), ...config }, proxy);

onEachStore("limits by provider", (store) => {
  const limited = limitedIn(store);
  test("R1 the request that crosses a limit completes, and the next is refused in the reference's words", async () => {
    await using gateway = await startGateway(limited(openaiLimit(40)));
    expect(await statuses(gateway, 2)).toEqual([200, 200]);
    const refused = await ask(gateway);
    expect(refused.status).toBe(429);
    const { message, request_id } = JSON.parse(refused.text);
    expect(message).toBe("AI token rate limit exceeded for provider(s): openai");
    expect(request_id).toBe(refused.headers.get("x-request-id"));
    expect(model.questions).toHaveLength(2);
    const record = await gateway.record(3);
    expect(record.response.status).toBe(429);
  });

  test("R2 headers are named for minute and hour, say what was left before this call, and when to come again", async () => {
    await using gateway = await startGateway(limited(openaiLimit([40, 1000, 500], [60, 3600, 30])));
    const first = await ask(gateway);
    expect(first.headers.get("x-ai-ratelimit-limit-minute-openai")).toBe("40");
    expect(first.headers.get("x-ai-ratelimit-remaining-minute-openai")).toBe("40");
    expect(first.headers.get("x-ai-ratelimit-limit-hour-openai")).toBe("1000");
    expect(first.headers.get("x-ai-ratelimit-limit-30-openai")).toBe("500");
    expect(first.headers.has("retry-after")).toBe(false);
    const second = await ask(gateway);
    expect(second.headers.get("x-ai-ratelimit-remaining-minute-openai")).toBe("3");
    expect(second.headers.get("x-ai-ratelimit-remaining-hour-openai")).toBe("963");
    at(10);
    const refused = await ask(gateway);
    expect(refused.headers.get("x-ai-ratelimit-remaining-minute-openai")).toBe("0");
    // 74 of 40 were used: they are faded to 40 when 28 s of the next minute are over.
    expect(refused.headers.get("retry-after")).toBe("78");
    expect(refused.headers.get("x-ai-ratelimit-retry-after")).toBe("78");
    expect(refused.headers.get("x-ai-ratelimit-reset-minute-openai")).toBe("78");
    expect(refused.headers.has("x-ai-ratelimit-reset-hour-openai")).toBe(false);
    at(10 + 77);
    expect((await ask(gateway)).status).toBe(429);
    at(10 + 78);
    expect((await ask(gateway)).status).toBe(200);
  });

  test("R2 hidden headers are not there, and jitter stays within its bound", async () => {
    const config = { ...openaiLimit(1), hide_client_headers: true, retry_after_jitter_max: 5 };
    await using gateway = await startGateway(limited(config));
    const first = await ask(gateway);
    const second = await ask(gateway);
    const names = [...first.headers.keys(), ...second.headers.keys()];
    expect(names.filter((name) => /ratelimit-(?:limit|remaining)/.test(name))).toEqual([]);
    const reset = Number(second.headers.get("x-ai-ratelimit-reset"));
    const retryAfter = Number(second.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThanOrEqual(reset);
    expect(retryAfter).toBeLessThanOrEqual(reset + 5);
  });

  test("R3 a fixed window is free on its boundary, whatever was used before it", async () => {
    await using gateway = await startGateway(limited({ ...openaiLimit(30), window_type: "fixed" }));
    expect(await statuses(gateway, 2)).toEqual([200, 429]);
    at(59);
    const refused = await ask(gateway);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    at(60);
    expect((await ask(gateway)).status).toBe(200);
  });

  test.each([
    ["total_tokens", "37"],
    ["prompt_tokens", "25"],
    ["completion_tokens", "12"],
  ])("R4 %s: a call counts %s", async (strategy, used) => {
    const config = { ...openaiLimit(1000), tokens_count_strategy: strategy };
    await using gateway = await startGateway(limited(config));
    await ask(gateway);
    const { headers } = await ask(gateway);
    expect(Number(headers.get("x-ai-ratelimit-remaining-minute-openai"))).toBe(1000 - Number(used));
  });

  test("R4 cost: what is left has its decimals, unpadded", async () => {
    const config = { ...openaiLimit(10, 3600), tokens_count_strategy: "cost" };
    const prices = target("openai", { input_cost: 10, output_cost: 10 });
    await using gateway = await startGateway(limited(config, proxyTo(prices)));
    expect((await ask(gateway)).headers.get("x-ai-ratelimit-remaining-hour-openai")).toBe("10");
    const { headers } = await ask(gateway);
    expect(headers.get("x-ai-ratelimit-remaining-hour-openai")).toBe("9.99963");
  });

  test("a limit in money says that asking again is of no use", async () => {
    const config = { ...openaiLimit(0.0001, 3600), tokens_count_strategy: "cost" };
    const prices = target("openai", { input_cost: 10, output_cost: 10 });
    await using gateway = await startGateway(limited(config, proxyTo(prices)));
    await ask(gateway);
    const refused = await ask(gateway);
    expect([refused.status, refused.headers.get("x-should-retry")]).toEqual([429, "false"]);
  });

  test("R6 any of several windows refuses", async () => {
    await using gateway = await startGateway(limited(openaiLimit([1000, 30], [60, 3600])));
    expect(await statuses(gateway, 2)).toEqual([200, 429]);
    at(61);
    expect(await statuses(gateway, 1)).toEqual([429]);
  });

  test("status, words and names of a refusal are as configured", async () => {
    const config = {
      ...openaiLimit(1),
      error_code: 418,
      error_message: "No more.",
      error_hide_providers: true,
    };
    await using gateway = await startGateway(limited(config));
    await ask(gateway);
    const refused = await ask(gateway);
    expect(refused.status).toBe(418);
    expect(JSON.parse(refused.text).message).toBe("No more.");
  });

  test("only the provider that served is charged, and one that is used up is left out while another has something left", async () => {
    const config = {
      llm_providers: [
        { name: "openai", limit: 30, window_size: 60 },
        { name: "mistral", limit: 60, window_size: 60 },
      ],
    };
    const balanced = {
      name: "ai-proxy-advanced",
      config: { targets: [target("openai"), target("mistral", { mistral_format: "openai" })] },
    };
    await using gateway = await startGateway(limited(config, balanced));
    expect(await statuses(gateway, 5)).toEqual([200, 200, 200, 429, 429]);
    const refused = await ask(gateway);
    expect(JSON.parse(refused.text).message).toBe(
      "AI token rate limit exceeded for provider(s): openai, mistral",
    );
  });

  test("a provider that is not of the route stops nothing", async () => {
    const config = { llm_providers: [{ name: "cohere", limit: 0, window_size: 60 }] };
    await using gateway = await startGateway(limited(config));
    expect(await statuses(gateway, 2)).toEqual([200, 200]);
  });

  test("R10 a stream is charged once, at its end, and so is what a client saw that left", async () => {
    const chunk = (delta: object, more: object = {}) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`;
    const usage = { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 };
    await using streaming = scriptedModel(
      () =>
        new Response(
          `${chunk({ content: "Yes" })}${chunk({}, { choices: [], usage })}data: [DONE]\n\n`,
          { headers: { "content-type": "text/event-stream" } },
        ),
    );
    const to = {
      ...target("openai"),
      model: { provider: "openai", name: "m", options: { upstream_url: streaming.url } },
    };
    await using gateway = await startGateway(limited(openaiLimit(1000), proxyTo(to)));
    await ask(gateway, {}, { ...QUESTION, stream: true });
    await gateway.record();
    const { headers } = await ask(gateway, {}, { ...QUESTION, stream: true });
    expect(headers.get("x-ai-ratelimit-remaining-minute-openai")).toBe("963");
  });

  test("an answer that is an error is charged nothing", async () => {
    await using failing = scriptedModel(() =>
      Response.json({ error: { message: "no" } }, { status: 400 }),
    );
    const to = targetAt(failing.url, "openai");
    await using gateway = await startGateway(limited(openaiLimit(10), proxyTo(to)));
    expect(await statuses(gateway, 3)).toEqual([400, 400, 400]);
  });

  test("a reload keeps what was counted", async () => {
    const config = limited({ ...openaiLimit(30), namespace: "shared" });
    await using before = await startGateway(config);
    expect(await statuses(before, 1)).toEqual([200]);
    await using after = await startGateway(config, {
      processState: before.gateway.processState,
    });
    expect(await statuses(after, 1)).toEqual([429]);
  });
});

onEachStore("R5 whose counters they are", (store) => {
  const limited = limitedIn(store);
  const byHeader = (name: string, value: string) => ({ [name]: value });

  test("header: each value has its own, and none goes by address", async () => {
    const config = { ...openaiLimit(30), identifier: "header", header_name: "x-team" };
    await using gateway = await startGateway(limited(config));
    const status = async (headers: Record<string, string>) => (await ask(gateway, headers)).status;
    expect(await status(byHeader("x-team", "a"))).toBe(200);
    expect(await status(byHeader("x-team", "b"))).toBe(200);
    expect(await status({})).toBe(200);
    expect(await status(byHeader("x-team", "a"))).toBe(429);
    expect(await status({})).toBe(429);
  });

  test("path: calls to another path are not counted", async () => {
    const config = { ...openaiLimit(0), identifier: "path", path: "/other" };
    await using gateway = await startGateway(limited(config));
    expect(await statuses(gateway, 2)).toEqual([200, 200]);
  });

  test("consumer: each has its own; strangers go by address", async () => {
    const config = limited(openaiLimit(30));
    const withKeys = {
      ...config,
      plugins: [{ name: "key-auth" }],
      consumers: ["ann", "bob"].map((username) => ({
        username,
        keyauth_credentials: [{ key: `key-${username}` }],
      })),
    };
    await using gateway = await startGateway(withKeys);
    const status = async (who: string) => (await ask(gateway, { apikey: `key-${who}` })).status;
    expect(await status("ann")).toBe(200);
    expect(await status("ann")).toBe(429);
    expect(await status("bob")).toBe(200);
  });
});

onEachStore("R7 limits by policy", (store) => {
  const limited = limitedIn(store);
  const policies = (...list: readonly object[]) => ({ policies: list });
  const limits = (limit: number) => [{ limit, window_size: 90 }];

  test("all that a policy matches must hold, and its headers carry its number", async () => {
    const config = policies(
      {
        match: [
          { type: "header", key: "x-team", values: ["a", "b"] },
          { type: "path", values: ["/ai"] },
        ],
        limits: limits(30),
      },
      {
        match: [
          { type: "header", key: "x-team", values: ["a"] },
          { type: "path", values: ["/no"] },
        ],
        limits: limits(0),
      },
    );
    await using gateway = await startGateway(limited(config));
    const first = await ask(gateway, { "x-team": "a" });
    expect(first.status).toBe(200);
    expect(first.headers.get("x-ai-ratelimit-limit-90-policy-1")).toBe("30");
    const second = await ask(gateway, { "x-team": "b" });
    expect(second.status).toBe(429);
    expect(JSON.parse(second.text).message).toBe(
      "AI token rate limit exceeded for provider(s): policy-1",
    );
    expect((await ask(gateway, { "x-team": "c" })).status).toBe(200);
  });

  test("partition_by gives each value counters of its own", async () => {
    const config = policies({
      match: [{ type: "header", key: "x-team", partition_by: true }],
      limits: limits(30),
    });
    await using gateway = await startGateway(limited(config));
    expect((await ask(gateway, { "x-team": "a" })).status).toBe(200);
    expect((await ask(gateway, { "x-team": "b" })).status).toBe(200);
    expect((await ask(gateway, { "x-team": "a" })).status).toBe(429);
  });

  test("a policy that matches nothing is for what no other matches", async () => {
    const config = policies(
      { match: [{ type: "header", key: "x-team", values: ["a"] }], limits: limits(1000) },
      { limits: limits(30) },
    );
    await using gateway = await startGateway(limited(config));
    expect(await statuses(gateway, 2)).toEqual([200, 429]);
    expect((await ask(gateway, { "x-team": "a" })).status).toBe(200);
  });

  test("model is what the client asked for, whichever target serves", async () => {
    const config = policies({
      match: [{ type: "model", values: ["fast"], partition_by: true }],
      limits: limits(30),
    });
    const aliased = (alias: string) => ({
      ...target("openai"),
      model: { ...target("openai").model, model_alias: alias },
    });
    const balanced = {
      name: "ai-proxy-advanced",
      config: { targets: [aliased("fast"), aliased("smart")] },
    };
    await using gateway = await startGateway(limited(config, balanced));
    const status = async (name: string) =>
      (await ask(gateway, {}, { ...QUESTION, model: name })).status;
    expect(await status("fast")).toBe(200);
    expect(await status("smart")).toBe(200);
    const refused = await ask(gateway, {}, { ...QUESTION, model: "fast" });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("x-ai-ratelimit-limit-90-policy-1")).toBe("30");
    expect(await status("smart")).toBe(200);
  });

  test("provider: another target is asked where one is used up", async () => {
    const config = policies({
      match: [{ type: "provider", values: ["openai"], partition_by: true }],
      limits: limits(30),
    });
    const balanced = {
      name: "ai-proxy-advanced",
      config: { targets: [target("openai"), target("mistral", { mistral_format: "openai" })] },
    };
    await using gateway = await startGateway(limited(config, balanced));
    expect(await statuses(gateway, 6)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  test("the prompt is estimated before it is sent", async () => {
    const config = policies({ match: [{ type: "path", values: ["/ai"] }], limits: limits(20) });
    await using gateway = await startGateway(limited(config));
    const long = { messages: [{ role: "user", content: "word ".repeat(50) }] };
    expect((await ask(gateway, {}, long)).status).toBe(429);
    expect((await ask(gateway)).status).toBe(200);
    expect(model.questions).toHaveLength(1);
  });
});
