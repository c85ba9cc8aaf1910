import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { ask, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

type Clocks = NonNullable<Parameters<typeof startGateway>[1]>["clocks"];

interface Asked {
  readonly traits: string;
  readonly provider?: object;
  readonly model?: object;
  readonly clocks?: Clocks;
  readonly stream?: boolean;
}

async function asked({ traits, provider = {}, model = {}, clocks = {}, stream = false }: Asked) {
  await using gateway = await startGateway(
    {
      providers: { here: { type: "vllm", url: `${lab.url}/lab/${traits}/v1`, ...provider } },
      models: { m: { use: "here/m", ...model } },
    },
    { clocks },
  );
  const startedAtMs = performance.now();
  const response = await gateway.post("/v1/chat/completions", ask("m", { stream }));
  const text = await response.text();
  return { status: response.status, text, tookMs: performance.now() - startedAtMs };
}

const STOPPED = "the upstream stopped sending";

describe("the gateway's own clocks, in the short form", () => {
  test("a whole answer has all its time for its headers", async () => {
    const clocks = { headersMs: 20, readMs: 20, totalMs: 250 };
    const { status, tookMs } = await asked({ traits: "stall-headers", clocks });
    expect(status).toBe(504);
    expect(tookMs).toBeGreaterThan(240);
  });

  test("a stream has that of its first event", async () => {
    const clocks = { headersMs: 20, readMs: 20, firstEventMs: 250, totalMs: 20 };
    const { status, tookMs } = await asked({ traits: "stall-headers", stream: true, clocks });
    expect(status).toBe(504);
    expect(tookMs).toBeGreaterThan(240);
  });

  test("without a byte a stream is over sooner than without a word", async () => {
    const clocks = { readMs: 60, firstEventMs: 20_000, idleMs: 20_000 };
    const silent = await asked({ traits: "stall-mid-stream", stream: true, clocks });
    expect(silent.text).toContain(STOPPED);
  });

  test("pings are bytes and no words", async () => {
    // Far longer than from ping to ping, so that a busy machine makes no silence of them.
    const clocks = { readMs: 400, idleMs: 600 };
    const pinged = await asked({ traits: "pings-mid-stream-20", stream: true, clocks });
    expect(pinged.text).toContain(STOPPED);
    expect(pinged.tookMs).toBeGreaterThan(590);
  });

  test("a whole answer may not stop in between either", async () => {
    const clocks = { readMs: 60, totalMs: 20_000 };
    expect((await asked({ traits: "stall-mid-stream", clocks })).status).toBe(504);
  });
});

describe("a timeout of the short form", () => {
  const patient = { firstEventMs: 20_000, idleMs: 20_000, totalMs: 20_000, readMs: 20_000 };

  test.each([
    ["a provider's, for a whole answer", { provider: { timeout: 0.08 }, model: {} }],
    ["a model's, over its provider's", { provider: { timeout: 20 }, model: { timeout: "80ms" } }],
  ])("%s", async (_name, { provider, model }) => {
    const over = { provider, model, clocks: patient };
    expect((await asked({ traits: "stall-headers", ...over })).status).toBe(504);
    expect((await asked({ traits: "stall-mid-stream", ...over })).status).toBe(504);
    const streamed = await asked({ traits: "pings-mid-stream-20", stream: true, ...over });
    expect(streamed.text).toContain(STOPPED);
  });

  test("gives a slow vendor more time than the gateway would", async () => {
    const clocks = { headersMs: 20, readMs: 20, firstEventMs: 20, idleMs: 20, totalMs: 20 };
    const over = { provider: { timeout: "1m" }, clocks };
    const whole = await asked({ traits: "echo+slow-120", stream: true, ...over });
    expect(whole.text).toEndWith("data: [DONE]\n\n");
  });

  test.each([["soon"], [0], [-1], ["3 days"], [90_000]])("%p is none", (timeout) => {
    const text = JSON.stringify({ providers: { openai: { key: "k", timeout } } });
    const result = loadConfig(
      { text, file: "dragoman.yaml" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    expect("problems" in result && result.problems[0]).toMatchObject({
      path: "providers.openai.timeout",
      message: expect.stringContaining("expected seconds, or a number with a unit"),
    });
  });
});
