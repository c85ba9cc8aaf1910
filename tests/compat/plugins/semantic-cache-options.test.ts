import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import {
  answering,
  asked,
  cached,
  contentOf,
  NEAR,
  QUESTION,
  routeTo,
  status,
} from "./cached-route.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe("single_flight", () => {
  const single = { cache: { exact_caching: true, single_flight: true } };

  test.each([false, true])(
    "stream %p: who asks what is being asked waits for that answer",
    async (stream) => {
      await using route = await cached(lab, single);
      const responses = await Promise.all([1, 2, 3, 4].map(() => route.post(QUESTION, { stream })));
      const texts = await Promise.all(responses.map((response) => response.text()));
      expect(asked(lab, "chat")).toBe(1);
      expect(responses.map(status).sort()).toEqual(["Hit", "Hit", "Hit", "Miss"]);
      for (const text of texts)
        expect(text).toMatch(stream ? /data: \[DONE\]/ : /"finish_reason": ?"stop"/);
    },
  );

  test("one waits for a stream and another for the whole: both have it", async () => {
    await using route = await cached(lab, single);
    const [streamed, whole] = await Promise.all([
      route.post(QUESTION, { stream: true }),
      route.post(QUESTION),
    ]);
    expect(await streamed.text()).toEndWith("data: [DONE]\n\n");
    expect(await contentOf(whole)).not.toBe("");
    expect(asked(lab, "chat")).toBe(1);
  });

  test("where the first one fails, the others ask for themselves", async () => {
    await using route = await cached(lab, { ...single, traits: "429" });
    const responses = await Promise.all([1, 2, 3].map(() => route.post(QUESTION)));
    expect(responses.map((response) => response.status)).toEqual([429, 429, 429]);
    expect(asked(lab, "chat")).toBe(3);
  });

  test("where the first one leaves, the others ask for themselves", async () => {
    await using route = await cached(lab, { ...single, traits: "stall-mid-stream" });
    const first = await route.post(QUESTION, { stream: true });
    const second = route.post(QUESTION, { stream: true });
    await first.body?.cancel();
    expect(status(await second)).toBe("Miss");
    expect(asked(lab, "chat")).toBe(2);
    await (await second).body?.cancel();
  });

  test("without it each asks the model", async () => {
    await using route = await cached(lab, { cache: { exact_caching: true } });
    const responses = await Promise.all([1, 2, 3].map(() => route.post(QUESTION)));
    for (const response of responses) await response.text();
    expect(asked(lab, "chat")).toBe(3);
  });
});

describe("verify: words", () => {
  const MILES = "How many kilometres are there in 26 miles?";
  const OTHER_MILES = "How many kilometres are there in 62 miles?";
  const SAME_MILES = "How many kilometres are there in 26 miles, please?";

  test("does not take what is near in meaning and not the same, and says why", async () => {
    await using route = await cached(lab, { cache: { verify: "words" } });
    await contentOf(await route.post(MILES));
    expect(status(await route.post(OTHER_MILES))).toBe("Miss");
    const { ai } = await route.gateway.record(2);
    expect(ai?.proxy?.["cache"]).toMatchObject({
      refused: [{ reason: "number", distance: expect.any(Number) }],
    });
    expect(route.gateway.counted()).toContain('dragoman_cache_refusals_total{reason="number"} 1');
    expect(status(await route.post(SAME_MILES))).toBe("Hit");
  });

  test("is off unless set: the nearest is given, as in the reference", async () => {
    await using route = await cached(lab);
    await contentOf(await route.post(MILES));
    expect(status(await route.post(OTHER_MILES))).toBe("Hit");
  });
});

describe("shadow", () => {
  test("asks the model all the same, and tells whether the kept answer was the same", async () => {
    const texts = ["Vienna.", "Vienna.", "Budapest."];
    const body = () => ({
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [
        { index: 0, message: { role: "assistant", content: texts.shift() }, finish_reason: "stop" },
      ],
    });
    await using vendor = answering(() => Response.json(body()));
    await using route = await routeTo(lab, vendor.url, { shadow: true });
    const told: (string | null)[] = [];
    for (const question of [QUESTION, QUESTION, NEAR]) {
      const response = await route.post(question);
      told.push(status(response), await contentOf(response));
    }
    expect(told).toEqual(["Miss", "Vienna.", "Miss", "Vienna.", "Miss", "Budapest."]);
    const logged = route.gateway.records.map(({ ai }) => ai?.proxy?.["cache"]);
    expect(logged).toMatchObject([
      { cache_status: "Miss" },
      { cache_status: "Miss", shadow: { same_text: true } },
      { cache_status: "Miss", shadow: { same_text: false, distance: expect.any(Number) } },
    ]);
    const counted = route.gateway.counted();
    expect(counted).toContain('dragoman_cache_shadow_total{verdict="same"} 1');
    expect(counted).toContain('dragoman_cache_shadow_total{verdict="different"} 1');
  });
});

test.each([
  ["Yes.", "judged_same"],
  ["no", "judged_different"],
  [undefined, "unjudged"],
])("a judge who says %p of other words is counted as %s", async (verdict, counted) => {
  const answer = (content: string) => ({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  });
  const texts = ["In Vienna.", "It is Vienna."];
  const judged = Promise.withResolvers<void>();
  await using vendor = answering(() => Response.json(answer(texts.shift() ?? "")));
  await using judge = answering(() => {
    judged.resolve();
    return verdict === undefined
      ? new Response("", { status: 401 })
      : Response.json(answer(verdict));
  });
  const model = { provider: "openai", name: "j", options: { upstream_url: judge.url } };
  await using route = await routeTo(lab, vendor.url, {
    shadow: true,
    judge: { route_type: "llm/v1/chat", model },
  });
  for (const _ of [1, 2]) await (await route.post(QUESTION)).text();
  await judged.promise;
  const total = `dragoman_cache_shadow_total{verdict="${counted}"} 1`;
  for (let turn = 0; turn < 10_000 && !route.gateway.counted().includes(total); turn += 1)
    await new Promise(setImmediate);
  expect(route.gateway.counted()).toContain(total);
});

describe("models", () => {
  test("whose names are not there go past the cache, and are told nothing of it", async () => {
    await using route = await cached(lab, { cache: { models: { other: {} } } });
    const response = await route.post(QUESTION);
    expect(status(response)).toBeNull();
    await response.text();
    const { ai } = await route.gateway.record(1);
    expect(ai?.proxy).not.toHaveProperty("cache");
    expect(asked(lab, "embeddings")).toBe(0);
  });

  test("have a threshold and a time to live of their own", async () => {
    const models = { "gpt-4o-mini": { cache_ttl: 7, threshold: 0 } };
    await using route = await cached(lab, { cache: { models } });
    await contentOf(await route.post(QUESTION));
    expect(status(await route.post(NEAR))).toBe("Miss");
    const hit = await route.post(QUESTION);
    expect([status(hit), hit.headers.get("x-cache-ttl")]).toEqual(["Hit", "7"]);
  });
});
