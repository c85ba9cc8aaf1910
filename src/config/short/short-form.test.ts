import { expect, test } from "bun:test";
import { load, problemLines } from "../../../tests/fixtures/test-plugins.ts";

const ENV = { OPENAI_API_KEY: "sk-one", HOST: "10.0.0.7", AZ: "az-key" };

const FILE = `
providers:
  openai: { key: $OPENAI_API_KEY }
  local: { type: llama2, format: openai, url: "http://\${HOST}:8080/v1/" }
  azure: { key: "{vault://env/az}", instance: mine, api_version: 2024-10-21 }
  hf: { type: huggingface, key: hf-key, url: "http://tgi:80/v1" }
  co: { type: cohere, key: co-key, url: "http://co:80/v2" }
  box: { type: ollama, url: "http://box:11434" }
  claude: { type: anthropic, key: c-key }
models:
  smart: openai/gpt-4o
  tiny: [local/meta/llama3]
  corporate: { use: azure/gpt-4o, options: { temperature: 0.2 } }
`;

interface Options {
  readonly balancers?: Readonly<Record<string, unknown>>;
  readonly other_keys?: Readonly<Record<string, readonly unknown[]>>;
  readonly route_type: string;
  readonly max_request_body_size: number;
  readonly models: Readonly<Record<string, readonly unknown[]>>;
  readonly providers: Readonly<Record<string, unknown>>;
}

function compiled(text: string, env: Readonly<Record<string, string>> = ENV) {
  const result = load(text, { env });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

function optionsOf(text: string, routeType: string): Options {
  const all = compiled(text).plugins.map(({ options }) => options as Options);
  const found = all.find(({ route_type }) => route_type === routeType);
  if (found === undefined) throw new Error(`no plugin for ${routeType}`);
  return found;
}

test("the short form is a service, a route for each operation, and plugins on each", () => {
  const { services, routes, plugins } = compiled(FILE);
  expect(services).toHaveLength(1);
  const [service] = services;
  expect(routes.map(({ paths }) => paths)).toEqual([
    ["/v1/chat/completions", "/openai/v1/chat/completions"],
    ["/v1/completions", "/openai/v1/completions"],
    ["/v1/embeddings", "/openai/v1/embeddings"],
    ["/v1/responses", "/openai/v1/responses"],
    ["/v1/messages", "/anthropic/v1/messages"],
    ["/v1beta/models", "/gemini/v1beta/models"],
    ["/v1/models", "/openai/v1/models", "/anthropic/v1/models"],
    // All else.
    [],
  ]);
  expect(new Set(routes.map((route) => route.service))).toEqual(new Set([service]));
  const onRoutes: [string, number][] = [
    ...routes.slice(0, 6).map((_, at): [string, number] => ["model-router", at]),
    ["model-list", 5],
    ["model-list", 6],
  ];
  expect(plugins.map(({ name, scope }) => [name, scope])).toEqual([
    ...onRoutes.map(([name, at]) => [name, { routeId: routes[at]?.id ?? "" }]),
    ["unserved-path", { serviceId: service?.id ?? "" }],
  ]);
  expect(plugins.map(({ id }) => id)).toEqual(compiled(FILE).plugins.map(({ id }) => id));
});

test("a named model is its provider's target with its name", () => {
  const { models, max_request_body_size } = optionsOf(FILE, "llm/v1/chat");
  expect(max_request_body_size).toBe(33_554_432);
  expect(models).toMatchObject({
    smart: [
      {
        auth: { header_name: "Authorization", header_value: "Bearer sk-one" },
        model: { provider: "openai", name: "gpt-4o" },
        logging: { log_statistics: true },
      },
    ],
    tiny: [
      {
        model: {
          provider: "llama2",
          name: "meta/llama3",
          options: {
            llama2_format: "openai",
            upstream_url: "http://10.0.0.7:8080/v1/chat/completions",
          },
        },
      },
    ],
    corporate: [
      {
        auth: { header_name: "api-key", header_value: "az-key" },
        model: {
          provider: "azure",
          name: "gpt-4o",
          options: {
            azure_instance: "mine",
            azure_deployment_id: "gpt-4o",
            azure_api_version: "2024-10-21",
            temperature: 0.2,
          },
        },
      },
    ],
  });
});

test.each([
  ["llm/v1/chat", "local", "http://10.0.0.7:8080/v1/chat/completions"],
  ["llm/v1/completions", "local", "http://10.0.0.7:8080/v1/completions"],
  ["llm/v1/chat", "hf", "http://tgi:80"],
  ["llm/v1/completions", "hf", "http://tgi:80/generate"],
  ["llm/v1/embeddings", "hf", "http://tgi:80/embed"],
  ["llm/v1/chat", "co", "http://co:80/v2/chat"],
  ["llm/v1/completions", "co", "http://co:80/v1/generate"],
  ["llm/v1/embeddings", "co", "http://co:80/v2/embed"],
  ["llm/v1/chat", "box", "http://box:11434/api/chat"],
  ["llm/v1/completions", "box", "http://box:11434/api/generate"],
])("for %s a base url of %s becomes %s", (routeType, provider, url) => {
  expect(optionsOf(FILE, routeType).providers[provider]).toMatchObject({
    model: { options: { upstream_url: url } },
  });
});

test.each([
  ["http://$LABHOST:8080/v1", "http://10.0.0.7:8080/v1"],
  [`http://\${LABHOST}8/$LAB_PATH`, "http://10.0.0.78/$5"],
  ["http://lab/$5/a$/$$LABHOST/$$$LABHOST", "http://lab/$5/a$/$LABHOST/$10.0.0.7"],
  ["http://lab/$(headers.x)", "http://lab/$(headers.x)"],
])("variables are filled in wherever they stand in a text: %s", (url, expected) => {
  const text = `providers: { lab: { type: llama2, format: raw, url: "${url}" } }`;
  const config = compiled(text, { LABHOST: "10.0.0.7", LAB_PATH: "$5" });
  expect(config.plugins[0]?.options).toMatchObject({
    providers: { lab: { model: { options: { upstream_url: expected } } } },
  });
});

test("a model's name and options may come from the environment", () => {
  const text =
    "providers: { openai: k }\nmodels: { a: { use: $USED, options: { azure_instance: $B } } }";
  expect(compiled(text, { USED: "openai/gpt-4o", B: "mine" }).plugins[0]?.options).toMatchObject({
    models: { a: [{ model: { name: "gpt-4o", options: { azure_instance: "mine" } } }] },
  });
});

test("a provider without a model takes any, so it has no name", () => {
  const { providers } = optionsOf(FILE, "llm/v1/chat");
  expect(Object.keys(providers)).toEqual(["openai", "local", "azure", "hf", "co", "box", "claude"]);
  expect(providers["openai"]).not.toHaveProperty("model.name");
});

test("Anthropic's legacy completions are not asked for statistics", () => {
  const statistics = (routeType: string) => optionsOf(FILE, routeType).providers["claude"];
  expect(statistics("llm/v1/chat")).toMatchObject({ logging: { log_statistics: true } });
  expect(statistics("llm/v1/completions")).toMatchObject({ logging: { log_statistics: false } });
});

test("a provider may be its key alone, and a model of the only provider needs no prefix", () => {
  const { models } = optionsOf(
    "providers: { openai: $OPENAI_API_KEY }\nmodels: { a: gpt-4o }",
    "llm/v1/chat",
  );
  expect(models["a"]).toMatchObject([{ model: { name: "gpt-4o" } }]);
});

test("providers that are not written come from the environment", () => {
  const { models } = optionsOf("models: { a: openai/gpt-4o }", "llm/v1/chat");
  expect(models["a"]).toMatchObject([{ auth: { header_value: "Bearer sk-one" } }]);
  expect(problemLines("models: { a: openai/gpt-4o }")).toEqual([
    "1:14 models.a: no provider is called 'openai'",
  ]);
});

test("short and declarative forms live in one file", () => {
  const { routes, plugins } = compiled(`${FILE}\n_format_version: "3.0"
routes: [{ name: other, paths: [/other] }]
plugins: [{ name: http-log, config: { http_endpoint: "http://x" } }]
`);
  expect(routes.map(({ name }) => name)).toEqual([
    "other",
    "models-chat",
    "models-completions",
    "models-embeddings",
    "models-responses",
    "models-messages",
    "models-generate",
    "models-list",
    "models-other",
  ]);
  expect(plugins.map(({ name }) => name)).toEqual([
    "http-log",
    ...Array(6).fill("model-router"),
    "model-list",
    "model-list",
    "unserved-path",
  ]);
});

const SEVERAL = `
providers:
  openai: { key: [$OPENAI_API_KEY, sk-two] }
  claude: { type: anthropic, key: c-key }
models:
  smart: [openai/gpt-4o, claude/claude-sonnet-4-5]
  cheap: { balance: latency, use: [openai/gpt-4o-mini, "claude/claude-haiku-4-5 x2"] }
  keyed: openai/gpt-4o
  sticky: { balance: hash on x-user, use: [claude/a, claude/b] }
  one: claude/claude-sonnet-4-5
`;

test("targets in a list are asked in order, and the keys of one provider take turns", () => {
  const { models, balancers } = optionsOf(SEVERAL, "llm/v1/chat");
  const key = (value: string) => ({ auth: { header_value: `Bearer ${value}` } });
  expect(models["smart"]).toMatchObject([
    { weight: 2, ...key("sk-one"), model: { name: "gpt-4o" } },
    { weight: 2, ...key("sk-two"), model: { name: "gpt-4o" } },
    { weight: 1, auth: { header_value: "c-key" }, model: { name: "claude-sonnet-4-5" } },
  ]);
  expect(balancers?.["smart"]).toMatchObject({ algorithm: "priority", retries: 5 });
  expect(balancers?.["smart"]).toHaveProperty("failover_criteria", [
    ...["error", "timeout", "invalid_header", "http_401", "http_403", "http_429"],
    ...["http_500", "http_502", "http_503", "http_504", "non_idempotent"],
  ]);
});

test("targets that share the work do so by shares, which the keys of a provider divide", () => {
  const { models, balancers } = optionsOf(SEVERAL, "llm/v1/chat");
  expect(models["cheap"]).toMatchObject([{ weight: 50 }, { weight: 50 }, { weight: 200 }]);
  expect(balancers?.["cheap"]).toMatchObject({ algorithm: "lowest-latency" });
  expect(balancers?.["keyed"]).toMatchObject({ algorithm: "round-robin" });
  expect(balancers?.["sticky"]).toMatchObject({
    algorithm: "consistent-hashing",
    hash_on_header: "x-user",
  });
});

test("one target with one key needs no balancer, and other keys serve any model too", () => {
  const { models, balancers, other_keys } = optionsOf(SEVERAL, "llm/v1/chat");
  expect(models["one"]).toHaveLength(1);
  expect(balancers).not.toHaveProperty("one");
  expect(other_keys).toMatchObject({ openai: [{ auth: { header_value: "Bearer sk-two" } }] });
  expect(optionsOf(FILE, "llm/v1/chat")).not.toHaveProperty("balancers");
  expect(optionsOf(FILE, "llm/v1/chat")).not.toHaveProperty("other_keys");
});
