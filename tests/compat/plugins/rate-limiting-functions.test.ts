import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { startGateway } from "../../gateway.ts";
import { onEachStore } from "./limited-on-redis.ts";
import {
  ask,
  limited as limitedBy,
  openaiLimit,
  proxyTo,
  START_MS,
  statuses,
  target as targetAt,
} from "./rate-limited.ts";
import { answer, type ScriptedModel, scriptedModel } from "./scripted-model.ts";

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

onEachStore("R8 functions that count", (store) => {
  const limited = limitedIn(store);
  const requestPrompt = (limit: number, more: object = {}) => ({
    llm_providers: [{ name: "requestPrompt", limit, window_size: 60 }],
    request_prompt_count_function: 'return tonumber(kong.request.get_header("x-count")) or 1',
    ...more,
  });

  test("requestPrompt counts, and refuses, the request itself, and says what it counted", async () => {
    await using gateway = await startGateway(limited(requestPrompt(100)));
    const first = await ask(gateway, { "x-count": "100" });
    expect(first.status).toBe(200);
    expect(first.headers.get("x-ai-ratelimit-remaining-minute-requestprompt")).toBe("0");
    expect(first.headers.get("x-ai-ratelimit-query-cost")).toBe("100");
    expect((await ask(gateway, { "x-count": "1" })).status).toBe(429);
  });

  test("a refused request counts too, unless there is no penalty", async () => {
    const afterRefusal = async (config: object) => {
      await using gateway = await startGateway(limited(config));
      await ask(gateway, { "x-count": "90" });
      expect((await ask(gateway, { "x-count": "50" })).status).toBe(429);
      return (await ask(gateway, { "x-count": "10" })).status;
    };
    expect(await afterRefusal(requestPrompt(100))).toBe(429);
    expect(await afterRefusal(requestPrompt(100, { disable_penalty: true }))).toBe(200);
  });

  test("vector: beside another provider's name the function is not asked", async () => {
    const config = {
      ...openaiLimit([100, 1000], [60, 3600]),
      request_prompt_count_function: "return 100000",
    };
    await using gateway = await startGateway(limited(config));
    expect(await statuses(gateway, 2)).toEqual([200, 200]);
  });

  test("customCost counts a call when it is over", async () => {
    const config = {
      llm_providers: [{ name: "customCost", limit: 4, window_size: 60 }],
      custom_cost_count_function: `
        local logs = kong.log.serialize()
        local name = logs.ai.proxy.meta.request_model
        if name == "m" then return 2 else return 1 end`,
    };
    await using gateway = await startGateway(limited(config));
    const left = async () =>
      (await ask(gateway)).headers.get("x-ai-ratelimit-remaining-minute-customcost");
    expect([await left(), await left(), (await ask(gateway)).status]).toEqual(["4", "2", 429]);
  });
});

onEachStore("reserve", (store) => {
  const limited = limitedIn(store);
  test("of calls at one time no more are let in than the limit holds", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using slow = scriptedModel(async () => {
      await gate;
      return Response.json(answer("Yes."));
    });
    const to = {
      ...target("openai"),
      model: { provider: "openai", name: "m", options: { upstream_url: slow.url, max_tokens: 18 } },
    };
    const config = { ...openaiLimit(100), reserve: true };
    await using gateway = await startGateway(limited(config, proxyTo(to)));
    const calls = Array.from({ length: 50 }, () => ask(gateway));
    const refused = await Promise.race([
      Promise.all(calls).then(() => "all answered"),
      gateway.record(45).then(() => "45 refused"),
    ]);
    release();
    const all = await Promise.all(calls);
    expect(refused).toBe("45 refused");
    // Two words of prompt and a cap of 18: five fit into 100.
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5);
  });

  test("what a call did not use is given back", async () => {
    const to = {
      ...target("openai"),
      model: {
        provider: "openai",
        name: "m",
        options: { upstream_url: model.url, max_tokens: 60 },
      },
    };
    const config = { ...openaiLimit(100), reserve: true };
    await using gateway = await startGateway(limited(config, proxyTo(to)));
    expect(await statuses(gateway, 3)).toEqual([200, 200, 429]);
  });
});

describe("what is refused when it is loaded", () => {
  const provider = { name: "openai", limit: [1], window_size: [60] };
  test.each<[string, object, string]>([
    ["neither kind", {}, "only one of these fields must be non-empty"],
    [
      "unequal lists",
      { llm_providers: [{ ...provider, limit: [1, 2] }] },
      "You must provide the same number of windows and limits",
    ],
    ["a name twice", { llm_providers: [provider, provider] }, "Provider 'openai' is not unique"],
    [
      "no function",
      { llm_providers: [{ ...provider, name: "requestPrompt" }] },
      "You must provide request prompt count function when using requestPrompt provider",
    ],
    ["no header", { llm_providers: [provider], identifier: "header" }, "No header name provided"],
    ["no path", { llm_providers: [provider], identifier: "path" }, "No path provided"],
    [
      "a cluster",
      { llm_providers: [provider], strategy: "cluster", sync_rate: 1 },
      "strategy 'cluster' is not supported",
    ],
    [
      "a store without a rate",
      { llm_providers: [provider], strategy: "redis" },
      "sync_rate is required if not using a local strategy",
    ],
    [
      "a function that loops",
      { llm_providers: [provider], custom_cost_count_function: "while true do end" },
      "'while' is not understood",
    ],
  ])("%s", (_, config, words) => {
    const text = JSON.stringify(limitedIn(() => ({}))(config));
    const loaded = loadConfig(
      { text, file: "test.yaml" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    expect(JSON.stringify("problems" in loaded ? loaded.problems : [])).toContain(words);
  });
});
