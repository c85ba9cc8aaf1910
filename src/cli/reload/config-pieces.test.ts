import { expect, test } from "bun:test";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load-config.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import { configAssembly, configPieces } from "./config-pieces.ts";

function loaded(config: object): Config {
  const result = loadConfig(
    { text: JSON.stringify(config), file: "gateway.json" },
    { env: {}, plugins: PLUGINS, readFile: () => "" },
  );
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

/** As it comes out of another thread. */
function travelled(config: Config): Config {
  const assembly = configAssembly(PLUGINS);
  for (const piece of configPieces(config)) assembly.add(structuredClone(piece));
  return assembly.config(config.warnings);
}

const TARGET = { route_type: "llm/v1/chat", model: { provider: "openai", name: "m" } };

test.each([
  [
    "declarative form",
    {
      _format_version: "3.0",
      services: [
        {
          name: "models",
          url: "http://a.test/base?x=y",
          tags: ["t"],
          routes: Array.from({ length: 450 }, (_, index) => ({
            name: `r${index}`,
            paths: [`/r${index}`, `~/x${index}/(?<id>\\d+)$`],
            headers: { "X-A": ["b"] },
            plugins: [
              { name: "ai-proxy", config: TARGET },
              { name: "ai-prompt-guard", config: { deny_patterns: [`.*no${index}.*`] } },
            ],
          })),
        },
      ],
      routes: [{ name: "alone", paths: ["/alone"] }],
      consumer_groups: [{ name: "gold" }],
      consumers: [
        {
          username: "ada",
          groups: [{ name: "gold" }],
          keyauth_credentials: [{ key: "k", ttl: 9 }],
        },
      ],
      plugins: [
        { name: "key-auth", config: { anonymous: "ada" } },
        { name: "ai-proxy-advanced", config: { targets: [TARGET, { ...TARGET, weight: 3 }] } },
        {
          name: "ai-prompt-template",
          config: { templates: [{ name: "t", template: '{"prompt": "{{x}}"}' }] },
        },
        {
          name: "ai-prompt-decorator",
          config: { prompts: { prepend: [{ role: "system", content: "s" }] } },
        },
        { name: "ai-request-transformer", config: { prompt: "p", llm: TARGET } },
        { name: "http-log", config: { http_endpoint: "http://log.test/", headers: { a: "b" } } },
        { name: "file-log", config: { path: "/dev/null" } },
        { name: "prometheus", config: {} },
      ],
    },
  ],
  [
    "short form",
    {
      providers: { openai: "sk-test", here: { type: "vllm", url: "http://a.test/v1" } },
      models: { fast: "here/echo", both: { use: ["here/a", "openai/b"] } },
      keys: { team: { key: "a-key-of-theirs", models: ["fast"] } },
    },
  ],
])("a configuration in the %s comes out of another thread as it went in", (_, written) => {
  const config = loaded(written);
  const received = travelled(config);
  expect(received).toEqual(config);
  for (const [index, route] of config.routes.entries()) {
    const at = route.service ? config.services.indexOf(route.service) : -1;
    expect(received.routes[index]?.service).toBe(received.services[at]);
  }
});
