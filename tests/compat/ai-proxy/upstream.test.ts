import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { explainRequest } from "../../../src/cli/explain.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, type ProxyOptions, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const AUTH = { header_name: "Authorization", header_value: "Bearer sk-vendor" };

/** What would be sent for a request to this proxy. */
async function explained(config: ProxyOptions, described: object) {
  await using gateway = await startGateway(proxies(config));
  return (await explainRequest(gateway.gateway, { body: ask("m"), ...described })).upstream;
}

describe("where a call goes", () => {
  const CHAT = "llm/v1/chat";
  const COMPLETIONS = "llm/v1/completions";
  const azure = { azure_instance: "res", azure_deployment_id: "dep" };

  test.each<[string, string, object, string]>([
    ["openai", CHAT, {}, "https://api.openai.com/v1/chat/completions"],
    ["openai", COMPLETIONS, {}, "https://api.openai.com/v1/completions"],
    [
      "azure",
      CHAT,
      azure,
      "https://res.openai.azure.com/openai/deployments/dep/chat/completions?api-version=2023-05-15",
    ],
    [
      "azure",
      CHAT,
      { ...azure, upstream_path: "/chat/x" },
      "https://res.openai.azure.com/openai/deployments/dep/chat/x?api-version=2023-05-15",
    ],
    ["mistral", CHAT, { mistral_format: "openai" }, "https://api.mistral.ai/v1/chat/completions"],
    ["xai", CHAT, {}, "https://api.x.ai/v1/chat/completions"],
    ["cerebras", CHAT, {}, "https://api.cerebras.ai/v1/chat/completions"],
    ["deepseek", CHAT, {}, "https://api.deepseek.com/v1/chat/completions"],
    [
      "dashscope",
      CHAT,
      { dashscope: { international: false } },
      "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
    ],
    [
      "databricks",
      CHAT,
      { databricks: { workspace_instance_id: "dbc-1" } },
      "https://dbc-1.cloud.databricks.com/serving-endpoints/v1/chat/completions",
    ],
    [
      "huggingface",
      CHAT,
      {},
      "https://router.huggingface.co/hf-inference/models/m/v1/chat/completions",
    ],
    ["huggingface", CHAT, { upstream_url: "http://hf.test" }, "http://hf.test/v1/chat/completions"],
    ["vllm", CHAT, { upstream_url: "http://gpu.test:8000" }, "http://gpu.test:8000/"],
    [
      "llama2",
      CHAT,
      { llama2_format: "openai", upstream_url: "http://gpu.test/v1/chat" },
      "http://gpu.test/v1/chat",
    ],
    ["openai", CHAT, { upstream_path: "/other" }, "https://api.openai.com/other"],
    [
      "openai",
      CHAT,
      { upstream_url: "https://proxy.test//a", upstream_path: "/other" },
      "https://proxy.test/a",
    ],
  ])("%s %s %j", async (provider, route_type, options, url) => {
    const body = route_type === CHAT ? ask("m") : { model: "m", prompt: "hello" };
    const config = { route_type, auth: AUTH, model: { provider, options } };
    const sent = await explained(config, { path: "/ai", body });
    expect([sent?.method, sent?.url]).toEqual(["POST", url]);
  });

  test("the client's own query goes along, the configured one wins", async () => {
    const options = { upstream_url: "http://gpu.test/v1?a=configured" };
    const config = { route_type: CHAT, auth: AUTH, model: { provider: "openai", options } };
    const sent = await explained(config, { path: "/ai?a=client&b=client" });
    expect(Object.fromEntries(new URL(sent?.url ?? "").searchParams)).toEqual({
      a: "configured",
      b: "client",
    });
  });

  test("the client's api-version comes first", async () => {
    const options = { ...azure, azure_api_version: "2024-10-21" };
    const config = { route_type: CHAT, auth: AUTH, model: { provider: "azure", options } };
    expect((await explained(config, { path: "/ai" }))?.url).toEndWith("?api-version=2024-10-21");
    expect((await explained(config, { path: "/ai?api-version=2025-01-01" }))?.url).toEndWith(
      "?api-version=2025-01-01",
    );
  });

  test("a URL without port or path is asked at 80 and /", async () => {
    await using gateway = await startGateway(
      proxies(
        openai("", {
          model: { provider: "openai", options: { upstream_url: "http://127.0.0.1" } },
        }),
      ),
      { clocks: { headersMs: 1000 } },
    );
    await (await gateway.post("/ai", ask("m"))).arrayBuffer();
    const { tries, upstream_uri } = await gateway.record();
    expect(tries).toMatchObject([{ host: "127.0.0.1", port: 80 }]);
    expect(upstream_uri).toBe("/");
  });

  test("a password that makes its way into an address is not shown", async () => {
    const options = { azure_instance: "me:canary@res", azure_deployment_id: "dep" };
    const config = { route_type: CHAT, auth: AUTH, model: { provider: "azure", options } };
    expect((await explained(config, {}))?.url).toStartWith("https://res.openai.azure.com/");
  });

  test("what a client puts into a path cannot leave its place", async () => {
    const options = { azure_instance: "res", azure_deployment_id: "$(headers.x-dep)" };
    const config = { route_type: CHAT, auth: AUTH, model: { provider: "azure", options } };
    await using gateway = await startGateway(proxies(config));
    const asked = (deployment: string) => ({ body: ask("m"), headers: { "x-dep": deployment } });
    const climbing = await explainRequest(gateway.gateway, asked("../../admin"));
    expect(climbing.upstream).toBeUndefined();
    expect(climbing.answer?.status).toBe(400);
    const odd = await explainRequest(gateway.gateway, asked("a?b=#c/d"));
    expect(new URL(odd.upstream?.url ?? "").pathname).toBe(
      "/openai/deployments/a%3Fb%3D%23c%2Fd/chat/completions",
    );
  });
});

/** One call to the lab: what it was sent. */
async function sent(auth: object, init: BunFetchRequestInit = {}, query = "", body: object = {}) {
  await using gateway = await startGateway(proxies(openai(lab.url, { auth })));
  const response = await gateway.post(`/ai${query}`, ask("lab/echo+lenient", body), init);
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  const request = lab.requests.at(-1);
  if (!request) throw new Error("nothing was sent");
  const { headers, target } = request;
  return { headers, query: new URL(target, lab.url).searchParams, body: JSON.parse(request.body) };
}

describe("allow_override matrix", () => {
  const header = { header_name: "Authorization", header_value: "Bearer ours" };
  const param = (location: string) => ({
    param_name: "key",
    param_value: "ours",
    param_location: location,
  });

  test.each([
    [false, undefined, "Bearer ours"],
    [false, "Bearer theirs", "Bearer ours"],
    [true, undefined, "Bearer ours"],
    [true, "Bearer theirs", "Bearer theirs"],
  ])("header: override %p, client's %p", async (allow_override, own, wanted) => {
    const init = own === undefined ? {} : { headers: { authorization: own } };
    const { headers } = await sent({ ...header, allow_override }, init);
    expect(headers.get("authorization")).toBe(wanted);
  });

  test.each([
    [false, "", "ours"],
    [false, "?key=theirs", "ours"],
    [true, "", "ours"],
    [true, "?key=theirs", "theirs"],
  ])("query: override %p, client's %p", async (allow_override, own, wanted) => {
    const { query } = await sent({ ...param("query"), allow_override }, {}, own);
    expect(query.getAll("key")).toEqual([wanted]);
  });

  test.each([
    [false, {}, "ours"],
    [false, { key: "theirs" }, "ours"],
    [true, {}, "ours"],
    [true, { key: "theirs" }, "theirs"],
  ])("body: override %p, client's %j", async (allow_override, own, wanted) => {
    const { body } = await sent({ ...param("body"), allow_override }, {}, "", own);
    expect(body.key).toBe(wanted);
  });

  test("the vendor's refusal of the client's own key is the client's to see", async () => {
    const strict = await startLab({ keys: ["ours"] });
    try {
      const auth = { ...header, allow_override: true };
      await using gateway = await startGateway(proxies(openai(strict.url, { auth })));
      const init = { headers: { authorization: "Bearer theirs" } };
      expect((await gateway.post("/ai", ask("lab/echo"), init)).status).toBe(401);
      expect((await gateway.post("/ai", ask("lab/echo"))).status).toBe(200);
    } finally {
      await strict.stop();
    }
  });
});

describe("in every dialect, and where nothing is translated", () => {
  const anthropic_version = "2023-06-01";
  const DIALECTS: readonly (readonly [provider: string, route_type: string, options: object])[] = [
    ["anthropic", "llm/v1/chat", { anthropic_version }],
    ["bedrock", "llm/v1/chat", { bedrock: { aws_region: "us-east-1" } }],
    ["gemini", "llm/v1/chat", {}],
    ["cohere", "llm/v1/chat", {}],
    ["ollama", "llm/v1/chat", {}],
    ["llama2", "llm/v1/chat", { llama2_format: "raw" }],
    ["huggingface", "llm/v1/chat", {}],
    ["openai", "preserve", {}],
  ];

  test.each(DIALECTS)("%s, %s", async (provider, route_type, more) => {
    // The reference refuses a file that lets clients override these two.
    const overrides = provider !== "bedrock" && provider !== "gemini";
    const arrived: { authorization: string | null; key: string | null; token: unknown }[] = [];
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { token } = (await request.json()) as { token?: unknown };
        const key = new URL(request.url).searchParams.get("key");
        arrived.push({ authorization: request.headers.get("authorization"), key, token });
        return Response.json({}, { status: 400 });
      },
    });
    try {
      const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
      const model = { provider, name: "m", options: { upstream_url, ...more } };
      const header = { header_name: "Authorization", header_value: "ours" };
      const param = (name: string, location: string) => ({
        ...header,
        param_name: name,
        param_value: "ours",
        param_location: location,
      });
      const init = { headers: { authorization: "theirs" } };
      const call = async (auth: object) => {
        await using gateway = await startGateway(proxies({ route_type, auth, model }));
        const { model: _, ...question } = ask("");
        await (await gateway.post("/ai?key=theirs", question, init)).text();
        await (await gateway.post("/ai", question)).text();
      };
      await call(param("key", "query"));
      if (overrides) await call({ ...param("key", "query"), allow_override: true });
      await call(param("token", "body"));
      expect(arrived).toEqual([
        { authorization: "ours", key: "ours", token: undefined },
        { authorization: "ours", key: "ours", token: undefined },
        ...(overrides
          ? [
              { authorization: "theirs", key: "theirs", token: undefined },
              { authorization: "ours", key: "ours", token: undefined },
            ]
          : []),
        { authorization: "ours", key: null, token: "ours" },
        { authorization: "ours", key: null, token: "ours" },
      ]);
    } finally {
      await upstream.stop(true);
    }
  });
});

test("what a client proves itself with goes nowhere, and is in no log", async () => {
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const secrets = {
    authorization: "Bearer client-secret",
    "x-api-key": "client-secret",
    "api-key": "client-secret",
    "x-goog-api-key": "client-secret",
    apikey: "client-secret",
    cookie: "session=client-secret",
    "proxy-authorization": "Basic client-secret",
  };
  const init = { headers: { ...secrets, "x-kept": "yes", "user-agent": "test/1" } };
  const response = await gateway.post("/ai", ask("lab/echo"), init);
  expect(response.status).toBe(200);
  const [request] = lab.requests;
  expect(JSON.stringify(request?.headerLines)).not.toContain("client-secret");
  expect(request?.headers.get("authorization")).toBe("Bearer sk-vendor");
  expect(request?.headers.get("x-kept")).toBe("yes");
  expect(request?.headers.get("host")).toBe(`127.0.0.1:${lab.port}`);
  const logged = JSON.stringify(await gateway.record());
  expect(logged).not.toContain("client-secret");
  expect(logged).not.toContain("sk-vendor");
});
