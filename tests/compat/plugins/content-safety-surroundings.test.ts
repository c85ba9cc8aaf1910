import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { ask, openai, proxies, startGateway } from "../../gateway.ts";
import { ANALYSE, contentSafety, type Over, say } from "./content-safety.ts";

const safety = await contentSafety();
const { lab, call, analysed } = safety;
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe("who calls the service", () => {
  const identities = (answer: () => Response) =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });

  async function withEnvironment(env: Record<string, string>, run: () => Promise<void>) {
    const before = { ...process.env };
    Object.assign(process.env, env);
    try {
      await run();
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
      Object.assign(process.env, before);
    }
  }

  test.each<[string, Over, string]>([
    ["the machine's identity", {}, "AZURE_POD_IDENTITY_AUTHORITY_HOST"],
    [
      "a service principal",
      { azure_client_id: "app", azure_client_secret: "s3cret", azure_tenant_id: "tenant" },
      "AZURE_AUTHORITY_HOST",
    ],
  ])("%s: its token, and no key", async (_name, identity, variable) => {
    await using service = identities(() => Response.json({ access_token: "t", expires_in: 3600 }));
    await withEnvironment({ [variable]: service.url.origin }, async () => {
      const over = { azure_use_managed_identity: true, content_safety_key: undefined, ...identity };
      const { status } = await call(over, say("hi"));
      expect(status).toBe(200);
      const [request] = lab.requests;
      expect(request?.headers.get("authorization")).toBe("Bearer t");
      expect(request?.headers.has("ocp-apim-subscription-key")).toBe(false);
    });
  });

  test("an identity that is not had is a service that fails", async () => {
    await using service = identities(() => new Response("no", { status: 400 }));
    const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url.origin };
    await withEnvironment(env, async () => {
      const { status, json } = await call({ azure_use_managed_identity: true }, say("hi"));
      expect(status).toBe(500);
      expect(json.error.message).toBe("content safety introspection failed");
    });
  });
});

describe("what is logged", () => {
  test("of a request that passed", async () => {
    const { ai } = await call({ azure_tenant_id: "t", azure_client_id: "c" }, say("hi"));
    expect(ai?.proxy?.["azure-content-safety"]).toEqual({
      mode: "INPUT",
      azure_tenant_id: "t",
      azure_client_id: "c",
      azure_api_version: "2023-10-01",
      azure_content_safety_url: `${lab.url}${ANALYSE}`,
      input_processing_latency: expect.any(Number),
      input_block_reason: "",
      output_block_reason: "",
      input_block_source: "",
      output_block_source: "",
      input_block_consumer_id: "",
      output_block_consumer_id: "",
      guards_triggered_count: 0,
    });
    expect(ai?.["audit"]).toBeUndefined();
  });

  test("of one that was refused: why, by whom, and the levels", async () => {
    const { ai, record } = await call({ reveal_failure_reason: false }, say("hate2, violence6"));
    expect(ai?.proxy?.["azure-content-safety"]).toMatchObject({
      input_block_reason:
        "breached category [Hate] at level 2; breached category [Violence] at level 2",
      input_block_source: "azure-content-safety",
      input_block_consumer_id: "unknown",
      guards_triggered_count: 1,
    });
    expect(ai?.["audit"]).toEqual({ azure_content_safety: { Hate: 2, Violence: 2 } });
    expect(JSON.stringify(record)).not.toContain("safety-key");
    expect(JSON.stringify(record)).not.toContain("violence6");
  });

  test("the service's address, less what proves who calls", async () => {
    const content_safety_url = `${lab.url}${ANALYSE}?subscription-key=hidden`;
    const { ai } = await call({ content_safety_url }, say("hi"));
    expect(ai?.proxy?.["azure-content-safety"]).toMatchObject({
      azure_content_safety_url: `${lab.url}${ANALYSE}?subscription-key=REDACTED`,
    });
  });

  test("the text, where that is wanted", async () => {
    const { ai } = await call({ log_blocked_content: true }, say("some hate"));
    expect(ai?.proxy?.["azure-content-safety"]).toMatchObject({
      input_faulty_prompt: "some hate",
      output_faulty_response: "",
    });
  });

  test("the consumer whose request was refused", async () => {
    const keyAuth = { name: "key-auth" };
    const routes = [{ name: "ai", paths: ["/ai"], plugins: [keyAuth, safety.guard()] }];
    const consumers = [
      {
        id: "5a2b5dd5-8b53-4b3c-9b3e-2b5b1b1c0a01",
        username: "ann",
        keyauth_credentials: [{ key: "k" }],
      },
    ];
    const services = [{ name: "s", url: "http://localhost:1", routes }];
    await using gateway = await startGateway({ _format_version: "3.0", services, consumers });
    await gateway.post("/ai", say("hate"), { headers: { apikey: "k" } });
    const { ai } = await gateway.record();
    expect(ai?.proxy?.["azure-content-safety"]).toMatchObject({
      input_block_consumer_id: consumers[0]?.id,
    });
  });
});

describe("its configuration", () => {
  function problems(over: Over, scope: object = {}) {
    const plugin = { ...safety.guard(over), ...scope };
    const text = JSON.stringify({
      _format_version: "3.0",
      consumers: [{ username: "ann" }],
      plugins: [plugin],
    });
    const result = loadConfig(
      { text, file: "kong.json" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    const found = "problems" in result ? result.problems : result.config.warnings;
    return found.map(({ message, severity }) => `${severity}: ${message}`);
  }

  test.each<[string, Over, string]>([
    [
      "no key",
      { content_safety_key: undefined },
      "error: at least one of these fields must be set",
    ],
    [
      "nothing to look for",
      { categories: [] },
      "error: at least one of these fields must be non-empty",
    ],
    ["a key with a line's end", { content_safety_key: "key\n" }, "error: is sent as a header"],
    ["no address", { content_safety_url: "safety" }, "error: must be an http or https URL"],
    [
      "another path",
      { content_safety_url: "https://x.test/" },
      "warning: does not end with /contentsafety/text:analyze",
    ],
    [
      "an odd level of four",
      { categories: [{ name: "Hate", rejection_level: 1 }] },
      "warning: FourSeverityLevels are 0, 2, 4 and 6, so 1 means 2",
    ],
    [
      "level 0",
      { categories: [{ name: "Hate", rejection_level: 0 }] },
      "warning: every text has at least severity 0",
    ],
    [
      "a level that is never reached",
      { categories: [{ name: "Hate", rejection_level: 7 }] },
      "warning: FourSeverityLevels end with 6",
    ],
    [
      "another category",
      { categories: [{ name: "hate", rejection_level: 2 }] },
      "warning: the service knows Hate, SelfHarm, Sexual, Violence",
    ],
  ])("%s", (_name, over, expected) => {
    const found = problems(over);
    expect(found).toHaveLength(1);
    expect(found[0]).toStartWith(expected);
  });

  test("odd levels of eight are what they are", () => {
    const categories = [{ name: "Hate", rejection_level: 7 }];
    expect(problems({ output_type: "EightSeverityLevels", categories })).toEqual([]);
  });

  test("it stands globally, at a service or at a route, and not at a consumer", () => {
    expect(problems({})).toEqual([]);
    expect(problems({}, { consumer: "ann" })).toEqual([
      "error: value must be null: plugin 'ai-azure-content-safety' cannot be scoped to a consumer",
    ]);
  });

  const PUBLISHED: readonly (readonly [string, string])[] = [
    [
      "requests",
      "content_safety_key: k, categories: [{ name: Hate, rejection_level: 2 }, { name: Violence, rejection_level: 2 }]",
    ],
    [
      "requests and answers",
      "content_safety_key: k, categories: [{ name: Hate, rejection_level: 2 }, { name: Violence, rejection_level: 2 }], guarding_mode: BOTH",
    ],
    [
      "blocklists",
      "content_safety_key: k, categories: [{ name: Hate, rejection_level: 2 }], blocklist_names: [BLOCKLIST], halt_on_blocklist_hit: true",
    ],
    [
      "a managed identity",
      "azure_use_managed_identity: true, azure_client_id: c, azure_client_secret: s, azure_tenant_id: t, categories: [{ name: Hate, rejection_level: 2 }], output_type: EightSeverityLevels",
    ],
    [
      "all four categories, the key from a vault",
      'content_safety_key: "{vault://env/AZURE_CONTENT_SAFETY_KEY}", categories: [{ name: Hate, rejection_level: 2 }, { name: SelfHarm, rejection_level: 2 }, { name: Sexual, rejection_level: 2 }, { name: Violence, rejection_level: 2 }], text_source: concatenate_user_content, reveal_failure_reason: true, output_type: FourSeverityLevels',
    ],
  ];

  test.each(PUBLISHED)("a published shape loads: %s", (_name, config) => {
    const url = `'$\{{ env "DECK_CONTENT_SAFETY_URL" }}'`;
    const plugin = `{ name: ai-azure-content-safety, config: { content_safety_url: ${url}, ${config} } }`;
    const text = `_format_version: "3.0"\nplugins: [${plugin}]\n`;
    const env = {
      DECK_CONTENT_SAFETY_URL: "https://acs.cognitiveservices.azure.com/contentsafety/text:analyze",
      AZURE_CONTENT_SAFETY_KEY: "k",
    };
    const result = loadConfig(
      { text, file: "kong.yaml" },
      { env, plugins: PLUGINS, readFile: () => "" },
    );
    expect(result).toMatchObject({ config: { warnings: [] } });
  });

  test("an option's older name is taken, with a word", () => {
    const over = { content_safety_key: undefined, use_azure_managed_identity: true };
    expect(problems(over)).toEqual(["warning: this is called azure_use_managed_identity"]);
  });

  test("a route whose bodies nobody reads is no place for it", async () => {
    const preserve = {
      name: "ai-proxy",
      config: { ...openai(lab.url, { route_type: "preserve" }) },
    };
    const plugins = [safety.guard({ guarding_mode: "OUTPUT" }), preserve];
    const routes = [{ name: "raw", paths: ["/raw"], plugins }];
    const file = {
      _format_version: "3.0",
      services: [{ name: "s", url: "http://localhost:1", routes }],
    };
    const result = loadConfig(
      { text: JSON.stringify(file), file: "kong.json" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    const warnings = "config" in result ? result.config.warnings : [];
    expect(warnings.map(({ message }) => message)).toContain(
      "'ai-azure-content-safety' reads what is said, and bodies are handed on unread on route 'raw', whose route_type is preserve",
    );
    await using gateway = await startGateway(file);
    const response = await gateway.post("/raw", say("hi"));
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("content safety introspection failed");
  });

  test("a route without it asks nobody", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    expect((await gateway.post("/ai", ask("lab/echo"))).status).toBe(200);
    expect(analysed()).toHaveLength(0);
  });
});
