import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway } from "../../gateway.ts";

/** Two providers of one type, told apart by what they are called here. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const shortForm = () => ({
  providers: {
    work: { type: "openai", key: "k", url: `${lab.url}/v1` },
    home: { type: "openai", key: "k", url: `${lab.url}/lab/503/v1` },
    openai: { key: "k", url: `${lab.url}/v1` },
  },
  models: { safe: ["home/m", "work/m"] },
});

interface Proxied {
  readonly meta: object;
  readonly tried_targets: readonly object[];
}

describe("the name of a target", () => {
  test("stands in the answer's header, the log and its attempts", async () => {
    await using gateway = await startGateway(shortForm());
    const answer = await gateway.post("/v1/chat/completions", ask("safe"));
    expect(answer.headers.get("x-kong-llm-model")).toBe("work/m");
    const proxy = (await gateway.record(1)).ai?.proxy as unknown as Proxied;
    expect(proxy.meta).toMatchObject({ provider_name: "openai", target_name: "work" });
    expect(proxy.tried_targets).toMatchObject([
      { provider: "openai", name: "home", left: "http_503" },
      { provider: "openai", name: "work" },
    ]);
  });

  test("is a label of metrics", async () => {
    await using gateway = await startGateway(shortForm());
    await gateway.post("/v1/chat/completions", ask("safe"));
    await gateway.record(1);
    const metrics = gateway.counted();
    expect(metrics).toMatch(/dragoman_upstream_errors_total\{provider="home",code="http_503"\} \d/);
    expect(metrics).toMatch(/kong_ai_llm_requests_total\{ai_provider="work",ai_model="m"/);
  });

  test("is the provider's where there is no other", async () => {
    await using gateway = await startGateway(shortForm());
    const answer = await gateway.post("/v1/chat/completions", ask("openai/m"));
    expect(answer.headers.get("x-kong-llm-model")).toBe("openai/m");
    const proxy = (await gateway.record(1)).ai?.proxy as unknown as Proxied;
    expect(proxy.meta).not.toHaveProperty("target_name");
    expect(proxy.tried_targets[0]).not.toHaveProperty("name");
  });

  test("can be given in the declarative form", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url, { name: "eu-1" })));
    const answer = await gateway.post("/ai", ask("m"));
    expect(answer.headers.get("x-kong-llm-model")).toBe("eu-1/m");
  });
});
