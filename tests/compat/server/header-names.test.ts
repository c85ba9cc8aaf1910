import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** One route to a model, and the same one behind a key; names of headers are written with `_`. */
function config(model: object = {}, route: object = {}) {
  const upstream = { upstream_url: `${lab.url}/v1/chat/completions` };
  const proxy = {
    name: "ai-proxy",
    config: openai(lab.url, { model: { provider: "openai", options: upstream, ...model } }),
  };
  const keyAuth = { name: "key-auth", config: { key_names: ["api_key"] } };
  return {
    _format_version: "3.0",
    consumers: [{ username: "alice", keyauth_credentials: [{ key: "alices-canary" }] }],
    routes: [
      { name: "chat", paths: ["/chat"], plugins: [proxy], ...route },
      { name: "keyed", paths: ["/keyed"], plugins: [keyAuth, proxy] },
      { name: "plain", paths: ["/plain"], plugins: [keyAuth], service: { name: "plain" } },
    ],
    services: [{ name: "plain", url: `${lab.url}/anything` }],
  };
}

const sent = (headers: Record<string, string>) => ({ headers });

describe("names of headers that a configuration has with `_`, where `-` is sent", () => {
  test("key-auth: key_names [api_key] finds a key in api-key, and hides it", async () => {
    await using gateway = await startGateway(config());
    const keyed = sent({ "api-key": "alices-canary" });
    const response = await gateway.post("/keyed", ask("lab/echo"), keyed);
    expect(response.status).toBe(200);
    const plain = await fetch(`${gateway.url}/plain`, keyed);
    expect(plain.status).toBe(200);
    expect(await plain.text()).not.toContain("alices-canary");
    expect(JSON.stringify(await gateway.record(2))).not.toContain("alices-canary");
    expect(gateway.records[0]?.consumer?.username).toBe("alice");
  });

  test("key-auth: a key in api_key leaves api-key, which is another header then", async () => {
    await using gateway = await startGateway(config());
    const both = sent({ api_key: "alices-canary", "api-key": "the service's" });
    const plain = await fetch(`${gateway.url}/plain`, both);
    expect(await plain.text()).toContain("the service's");
  });

  test("5.4 $(headers.x_model) finds x-model, and prefers its own spelling", async () => {
    await using gateway = await startGateway(config({ name: "$(headers.x_model)" }));
    const body = { messages: ask("").messages };
    const modelOf = async (headers: Record<string, string>) =>
      (await gateway.post("/chat", body, sent(headers))).headers.get("x-kong-llm-model");
    expect(await modelOf({ "X-Model": "lab/echo" })).toBe("openai/lab/echo");
    expect(await modelOf({ "x-model": "a", x_model: "lab/echo" })).toBe("openai/lab/echo");
  });

  test("a route's headers match so, too", async () => {
    await using gateway = await startGateway(config({}, { headers: { x_tier: ["gold"] } }));
    const status = async (headers: Record<string, string>) =>
      (await gateway.post("/chat", ask("lab/echo"), sent(headers))).status;
    expect(await status({ "x-tier": "gold" })).toBe(200);
    expect(await status({ x_tier: "gold" })).toBe(200);
    expect(await status({ "x-tier": "tin" })).toBe(404);
  });
});
