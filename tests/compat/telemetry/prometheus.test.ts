import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { failures } from "../../figures.ts";
import { ask, openai, startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A service of that name with a route of the same, so that its series are its own. */
function config(name: string, metrics: object, logging: object = { log_statistics: true }): object {
  const { model } = openai(lab.url) as { model: { options: object } };
  const options = { ...model.options, input_cost: 2_000_000, output_cost: 1_000_000 };
  return {
    _format_version: "3.0",
    consumers: [{ username: "alice", keyauth_credentials: [{ key: "key-of-alice" }] }],
    services: [
      {
        name,
        url: "http://localhost:1",
        routes: [
          {
            name,
            paths: ["/chat"],
            plugins: [
              { name: "key-auth" },
              {
                name: "ai-proxy",
                config: openai(lab.url, { model: { ...model, options }, logging }),
              },
              { name: "prometheus", config: metrics },
            ],
          },
        ],
      },
    ],
  };
}

const KEY = { headers: { apikey: "key-of-alice" } };

/** The samples of which every word is part. */
function samples(gateway: TestGateway, ...words: readonly string[]): readonly string[] {
  return gateway
    .counted()
    .split("\n")
    .filter((line) => !line.startsWith("#") && words.every((word) => line.includes(word)));
}

describe("prometheus", () => {
  test("counts nothing unless it is told what", async () => {
    await using gateway = await startGateway(config("quiet", {}));
    expect((await gateway.post("/chat", ask("echo-quiet"), KEY)).status).toBe(200);
    await gateway.record(1);
    expect(samples(gateway, 'route="quiet"')).toEqual([]);
    expect(samples(gateway, 'ai_model="echo-quiet"')).toEqual([]);
  });

  test("counts answers by route, status and who made them, times, and bytes", async () => {
    const all = { status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true };
    await using gateway = await startGateway(config("counted", { ...all, per_consumer: true }));
    const answer = await gateway.post("/chat", ask("echo"), KEY);
    const { length } = new Uint8Array(await answer.arrayBuffer());
    await gateway.post("/chat", ask("echo"));
    await gateway.record(2);
    const route = 'service="counted",route="counted"';
    expect(samples(gateway, "kong_http_requests_total", route).toSorted()).toEqual([
      `kong_http_requests_total{${route},code="200",source="service",workspace="default",consumer="alice"} 1`,
      `kong_http_requests_total{${route},code="401",source="kong",workspace="default",consumer=""} 1`,
    ]);
    expect(samples(gateway, "kong_request_latency_ms_count", route)).toEqual([
      `kong_request_latency_ms_count{${route},workspace="default"} 2`,
    ]);
    expect(samples(gateway, "kong_kong_latency_ms_count", route)[0]).toEndWith(" 2");
    expect(samples(gateway, "kong_upstream_latency_ms_count", route)[0]).toEndWith(" 1");
    expect(samples(gateway, "kong_kong_latency_ms_bucket", route)).toHaveLength(18);
    expect(samples(gateway, "kong_upstream_latency_ms_bucket", route)).toHaveLength(14);
    const sent = 'consumer="alice"';
    const asked = Buffer.byteLength(JSON.stringify(ask("echo")));
    expect(samples(gateway, "kong_bandwidth_bytes", route, "ingress", sent)[0]).toEndWith(
      ` ${asked}`,
    );
    expect(samples(gateway, "kong_bandwidth_bytes", route, "egress", sent)[0]).toEndWith(
      ` ${length}`,
    );
  });

  test("counts tokens and cost of a model, of whole answers and of streams, by consumer", async () => {
    const metrics = { ai_metrics: true, per_consumer: true };
    await using gateway = await startGateway(config("billed", metrics));
    await gateway.post("/chat", ask("echo-billed"), KEY);
    const stream = await gateway.post("/chat", ask("echo-billed", { stream: true }), KEY);
    await stream.text();
    const used = [await gateway.record(1), await gateway.record(2)].map(usageOf);
    const model = 'ai_provider="openai",ai_model="echo-billed"';
    for (const type of ["prompt_tokens", "completion_tokens", "total_tokens"] as const) {
      const total = used.reduce((sum, usage) => sum + usage[type], 0);
      const [sample] = samples(gateway, "kong_ai_llm_tokens_total", model, `token_type="${type}"`);
      expect(sample).toEndWith(`consumer="alice",token_type="${type}"} ${total}`);
    }
    for (const mode of ["oneshot", "stream"]) {
      const own = [model, `request_mode="${mode}"`];
      expect(samples(gateway, "kong_ai_llm_requests_total", ...own)[0]).toEndWith(" 1");
      expect(samples(gateway, "kong_ai_llm_provider_latency_ms_count", ...own)[0]).toEndWith(" 1");
    }
    const cost = samples(gateway, "kong_ai_llm_cost_total", model).map((line) =>
      Number(line.split(" ")[1]),
    );
    const billed = used.reduce((sum, usage) => sum + usage.cost, 0);
    expect(cost.reduce((sum, one) => sum + one, 0)).toBeCloseTo(billed, 6);
    expect(samples(gateway, 'service="billed"')).toEqual([]);
  });

  test("counts no model's figures while its plugin logs no statistics", async () => {
    const silent = config("silent", { ai_metrics: true }, { log_statistics: false });
    await using gateway = await startGateway(silent);
    await gateway.post("/chat", ask("echo-silent"), KEY);
    await gateway.record(1);
    expect(samples(gateway, 'ai_model="echo-silent"')).toEqual([]);
  });

  test.each([
    ["429", false, "429", "http_429"],
    ["503", true, "503", "http_503"],
    ["reset-before-headers", false, "", "upstream_reset"],
    ["reset-after-headers", false, "200", "upstream_reset"],
    ["no-choices", false, "200", "upstream_bad_response"],
    ["error-first", true, "200", "upstream_error"],
    ["error-in-stream", true, "200", "upstream_error"],
    ["eof-mid-stream", true, "200", "upstream_truncated"],
  ])(
    "counts an attempt that failed by %s, stream %p, once",
    async (trait, stream, status, code) => {
      await using gateway = await startGateway(config("failing", { ai_metrics: true }));
      await (await gateway.post("/chat", ask(`lab/${trait}`, { stream }), KEY)).text();
      const { tries, ai } = await gateway.record();
      expect(failures(gateway, "openai", code, status)).toEqual([1, 1]);
      expect(tries).toMatchObject([{ state: "failed" }]);
      const error = code.startsWith("http_") ? [{ status: Number(status) }] : [{ error: code }];
      expect(ai?.proxy).toMatchObject({ tried_targets: error });
    },
  );

  test.each([false, true])(
    "a client that leaves is no failure of its upstream, stream %p",
    async (stream) => {
      await using gateway = await startGateway(config("left", { ai_metrics: true }));
      const control = new AbortController();
      const init = { ...KEY, signal: control.signal };
      lab.reset();
      const asking = gateway.post("/chat", ask("lab/stall-headers", { stream }), init);
      await lab.waitForRequest();
      control.abort();
      expect(asking).rejects.toThrow();
      const { tries, client_aborted, ai } = await gateway.record();
      expect(failures(gateway, "openai", "client_aborted", "")).toEqual([0, 0]);
      expect(client_aborted).toBe(true);
      expect(tries).toHaveLength(1);
      expect(tries[0]).not.toHaveProperty("state");
      expect(ai?.proxy).toMatchObject({ usage: UNUSED });
    },
  );

  test.each<[string, number]>([
    ["429", 429],
    ["500", 500],
    ["error-first", 500],
    ["reset-before-headers", 502],
  ])(
    "nothing is billed of %s: a stream's prompt as little as a whole answer's",
    async (trait, status) => {
      await using gateway = await startGateway(config("refused", { ai_metrics: true }));
      for (const [index, stream] of [false, true].entries()) {
        const asked = ask(`lab/${trait}+echo`, { stream });
        expect((await gateway.post("/chat", asked, KEY)).status).toBe(status);
        const { ai } = await gateway.record(index + 1);
        expect(ai?.proxy).toMatchObject({ usage: UNUSED });
        expect(ai?.proxy).not.toHaveProperty("usage.estimated");
      }
      const model = `ai_model="lab/${trait}+echo"`;
      expect(samples(gateway, "kong_ai_llm_requests_total", model)).toHaveLength(2);
      expect(samples(gateway, "kong_ai_llm_tokens_total", model)).toEqual([]);
      expect(samples(gateway, "kong_ai_llm_cost_total", model)).toEqual([]);
    },
  );

  test("a stream is in flight until it ends, or its client leaves", async () => {
    await using gateway = await startGateway(config("streamed", {}));
    const inFlight = () => samples(gateway, "dragoman_streams_in_flight")[0]?.split(" ")[1] ?? "0";
    const asked = (model: string) => gateway.post("/chat", ask(model, { stream: true }), KEY);
    const stalled = await asked("lab/stall-mid-stream");
    const reader = stalled.body?.getReader();
    await reader?.read();
    expect(inFlight()).toBe("1");
    await (await asked("echo")).text();
    await gateway.record(1);
    expect(inFlight()).toBe("1");
    await reader?.cancel();
    await gateway.record(2);
    expect(inFlight()).toBe("0");
  });

  test("the short form counts calls, tokens and cost by itself, unless the file says what to count", async () => {
    const short = { providers: { openai: { key: "sk-lab", url: `${lab.url}/v1` } } };
    const own = { ...short, plugins: [{ name: "prometheus", config: {} }] };
    for (const [file, model, counted] of [
      [short, "echo-short", 1],
      [own, "echo-own", 0],
    ] as const) {
      await using gateway = await startGateway(file);
      const answer = await gateway.post("/v1/chat/completions", ask(`openai/${model}`));
      expect(answer.status).toBe(200);
      await gateway.record(1);
      expect(samples(gateway, "kong_ai_llm_requests_total", `ai_model="${model}"`)).toHaveLength(
        counted,
      );
    }
  });
});

const UNUSED = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 };

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly cost: number;
}

function usageOf({ ai }: { readonly ai?: { readonly proxy?: object } | undefined }): Usage {
  const usage = ai?.proxy && "usage" in ai.proxy ? ai.proxy.usage : undefined;
  return usage as Usage;
}
