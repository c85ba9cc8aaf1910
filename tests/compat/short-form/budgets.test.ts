import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { readBudget, readLimit } from "../../../src/config/short/amounts.ts";
import { keyDigest } from "../../../src/plugins/key-auth/key-index.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";
import { REDIS_SERVER } from "../../vectors/real-redis.ts";
import { redisForLimits } from "../plugins/limited-on-redis.ts";
import { answer, type ScriptedModel, scriptedModel } from "../plugins/scripted-model.ts";

/** Each answer of the model counts 25 tokens in and 12 out: at a price of 10 a million each, 0.00037. */
let model: ScriptedModel;
const START_MS = Date.UTC(2027, 0, 30, 12);

beforeEach(() => {
  model = scriptedModel(() => "Yes.");
  setSystemTime(new Date(START_MS));
});
afterEach(async () => {
  setSystemTime();
  await model[Symbol.asyncDispose]();
});

const PRICES = { input_cost: 10, output_cost: 10 };

function file(keys: Record<string, object>, more: object = {}, options: object = PRICES) {
  return {
    providers: {
      here: { type: "openai", key: "sk-here", url: model.url.replace("/chat/completions", "") },
    },
    models: { smart: { use: "here/m", options: { max_tokens: 12, ...options } } },
    keys: Object.fromEntries(
      Object.entries(keys).map(([name, key]) => [name, { hash: keyDigest(`key-${name}`), ...key }]),
    ),
    ...more,
  };
}

async function ask(gateway: TestGateway, who: string, more: object = {}) {
  const body = { model: "smart", messages: [{ role: "user", content: "Is it?" }], ...more };
  const response = await gateway.post("/v1/chat/completions", body, {
    headers: { authorization: `Bearer key-${who}` },
  });
  const answered = (await response.json()) as { error?: { message: string } };
  return { status: response.status, headers: response.headers, error: answered.error };
}

async function statuses(gateway: TestGateway, who: readonly string[]): Promise<number[]> {
  const seen: number[] = [];
  for (const one of who) seen.push((await ask(gateway, one)).status);
  return seen;
}

describe("amounts", () => {
  test.each([
    ["$50/day", { counts: "cost", limit: 50, per: "day" }],
    ["$1,000.50 a month", { counts: "cost", limit: 1000.5, per: "month" }],
    ["€2 per h", { counts: "cost", limit: 2, per: "hour" }],
  ] as const)("budget %s", (text, amount) => expect(readBudget(text)).toEqual(amount));

  test.each([
    ["200k tokens/min", { counts: "total_tokens", limit: 200_000, per: "minute" }],
    ["1.5M tokens a day", { counts: "total_tokens", limit: 1_500_000, per: "day" }],
    ["60 calls/min", { counts: "calls", limit: 60, per: "minute" }],
    ["10 requests/s", { counts: "calls", limit: 10, per: "second" }],
  ] as const)("limit %s", (text, amount) => expect(readLimit(text)).toEqual(amount));

  test.each(["50/day", "$50", "$50/fortnight", "a lot"])("%s is none", (text) => {
    expect(readBudget(text)).toBeUndefined();
    expect(readLimit(text)).toBeUndefined();
  });
});

describe("a key's budget", () => {
  test("money: the call that may pass it is refused, in the dialect, with when there is room again", async () => {
    await using gateway = await startGateway(file({ web: { budget: "$0.0008/day" } }));
    expect(await statuses(gateway, ["web", "web"])).toEqual([200, 200]);
    const { status, headers, error } = await ask(gateway, "web");
    expect(status).toBe(402);
    expect(error).toMatchObject({ type: "insufficient_quota", code: "insufficient_quota" });
    expect(error?.message).toBe(
      "The budget of key 'web' is used up, or this call may cost more than is left of it: 0.0008 a day. There is room again at 2027-01-31T00:00 UTC.",
    );
    expect(headers.get("x-should-retry")).toBe("false");
    expect(headers.get("x-ai-ratelimit-remaining-day-key")).toBe("0.00006");
    setSystemTime(new Date(Date.UTC(2027, 0, 31)));
    expect(await statuses(gateway, ["web"])).toEqual([200]);
  });

  test("tokens: a limit of speed is a 429 that says when to come again", async () => {
    await using gateway = await startGateway(file({ web: { limit: "80 tokens/min" } }));
    expect(await statuses(gateway, ["web", "web"])).toEqual([200, 200]);
    const { status, headers, error } = await ask(gateway, "web");
    expect(status).toBe(429);
    expect(error?.message).toContain("The limit of key 'web' is reached: 80 tokens a minute.");
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(headers.has("x-should-retry")).toBe(false);
  });

  test("calls: several limits hold at once", async () => {
    const limit = ["2 calls/min", "3 calls/hour"];
    await using gateway = await startGateway(file({ web: { limit } }));
    expect(await statuses(gateway, ["web", "web", "web"])).toEqual([200, 200, 429]);
    setSystemTime(new Date(START_MS + 180_000));
    expect(await statuses(gateway, ["web", "web"])).toEqual([200, 429]);
  });

  test("a key without limits, and another key, are not touched", async () => {
    const keys = { web: { limit: "1 calls/hour" }, ops: {}, app: { limit: "1 calls/hour" } };
    await using gateway = await startGateway(file(keys));
    expect(await statuses(gateway, ["web", "web", "ops", "ops", "app"])).toEqual([
      200, 429, 200, 200, 200,
    ]);
  });

  test("of calls at one time no more are let in than the budget holds", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using slow = scriptedModel(async () => {
      await gate;
      return Response.json(answer("Yes."));
    });
    const config = file({ web: { limit: "100 tokens/hour" } });
    config.providers.here.url = slow.url.replace("/chat/completions", "");
    await using gateway = await startGateway(config);
    const calls = Array.from({ length: 50 }, () => ask(gateway, "web"));
    // Two words and a cap of 12: seven calls fit into 100 tokens.
    await gateway.record(43);
    release();
    const seen = (await Promise.all(calls)).map(({ status }) => status);
    expect(seen.filter((status) => status === 200)).toHaveLength(7);
  });

  test("a stream is charged what it used", async () => {
    await using gateway = await startGateway(file({ web: { budget: "$0.0008/day" } }));
    const first = await ask(gateway, "web");
    expect(first.headers.get("x-ai-ratelimit-remaining-day-key")).toBe("0.0008");
    const second = await ask(gateway, "web");
    expect(second.headers.get("x-ai-ratelimit-remaining-day-key")).toBe("0.00043");
  });

  test("what is no chat is counted, and never refused for that", async () => {
    const vectors = {
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      model: "m",
      usage: { prompt_tokens: 30, total_tokens: 30 },
    };
    await using embedding = scriptedModel(() => Response.json(vectors));
    const config = file({ web: { limit: "50 tokens/hour" } });
    config.providers.here.url = embedding.url.replace("/chat/completions", "");
    await using gateway = await startGateway(config);
    const status = async () => {
      const headers = { authorization: "Bearer key-web" };
      const body = { model: "smart", input: "Is it?" };
      return (await gateway.post("/v1/embeddings", body, { headers })).status;
    };
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
  });

  test("a day's end is the end of an expired key", async () => {
    await using gateway = await startGateway(file({ web: { expires: "2027-01-31" } }));
    expect(await statuses(gateway, ["web"])).toEqual([200]);
    setSystemTime(new Date(Date.UTC(2027, 0, 31)));
    expect(await statuses(gateway, ["web"])).toEqual([401]);
  });
});

describe("limits counted in Redis", () => {
  test.skipIf(!REDIS_SERVER)("hold for two gateways together", async () => {
    await using redis = await redisForLimits();
    const limits = { redis: `redis://127.0.0.1:${redis.port}/1` };
    const config = file({ web: { limit: "3 calls/day" } }, { limits });
    const [one, other] = await redis.gateways(2, config);
    if (!one || !other) throw new Error("no gateways");
    expect(await statuses(one, ["web", "web"])).toEqual([200, 200]);
    expect(await statuses(other, ["web", "web"])).toEqual([200, 429]);
    expect(await statuses(one, ["web"])).toEqual([429]);
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  test("an address that is none is told, without what stands in it", () => {
    const limits = { redis: "http://user:canary@127.0.0.1" };
    const text = JSON.stringify(file({ web: {} }, { limits }));
    const loaded = loadConfig(
      { text, file: "test.yaml" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    const told = "problems" in loaded ? JSON.stringify(loaded.problems) : "";
    expect(told).toContain("expected redis://HOST:PORT, or rediss:// for TLS");
    expect(told).not.toContain("canary");
  });
});

describe("a team's budget", () => {
  test("is shared by its keys, beside their own", async () => {
    const keys = { web: {}, app: { limit: "1 calls/hour" }, ops: {} };
    const teams = { front: { keys: ["web", "app"], limit: "3 calls/hour" } };
    await using gateway = await startGateway(file(keys, { teams }));
    expect(await statuses(gateway, ["app", "app", "web", "web", "web", "ops"])).toEqual([
      200, 429, 200, 200, 429, 200,
    ]);
  });
});

describe("what is told when the file is loaded", () => {
  const problems = (config: object) => {
    const loaded = loadConfig(
      { text: JSON.stringify(config), file: "test.yaml" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    return JSON.stringify("problems" in loaded ? loaded.problems : loaded.config.warnings);
  };

  test.each<[string, () => object, string]>([
    [
      "an amount that is none",
      () => file({ web: { budget: "lots" } }),
      "expected an amount and a time: $50/day",
    ],
    [
      "a team's key that is none",
      () => file({ web: {} }, { teams: { a: { keys: ["wep"], limit: "1 calls/s" } } }),
      "no key is called 'wep'",
    ],
    ["a date that is none", () => file({ web: { expires: "soon" } }), "expires"],
    [
      "a model without prices",
      () => file({ web: { budget: "$1/day" } }, {}, {}),
      "'smart' has no prices",
    ],
  ])("%s", (_, config, words) => expect(problems(config())).toContain(words));
});
