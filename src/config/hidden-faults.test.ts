import { describe, expect, test } from "bun:test";
import { PLUGINS } from "../plugins/registry.ts";
import { loadConfig } from "./load-config.ts";

/** What is wrong with a file, each as `path: message`, in the order of the file. */
function faults(text: string): string[] {
  const context = { env: {}, plugins: PLUGINS, readFile: () => "" };
  const result = loadConfig({ text, file: "kong.yaml" }, context);
  if ("config" in result) return [];
  const errors = result.problems.filter(({ severity }) => severity === "error");
  return errors.map(({ path, message }) => `${path}: ${message}`);
}

const plugin = (name: string, config: string) =>
  faults(`_format_version: "3.0"\nplugins: [{ name: ${name}, config: ${config} }]\n`);

const MODEL = "model: { provider: openai, name: gpt-4o }";

describe("every fault of an entity is told, whichever others it has", () => {
  test("a wrong operation beside a prompt that is missing", () => {
    const llm = `llm: { route_type: llm/v1/completions, ${MODEL} }`;
    expect(plugin("ai-request-transformer", `{ ${llm} }`)).toEqual([
      "plugins[0].config.prompt: required field missing",
      "plugins[0].config.@entity: 'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins",
    ]);
  });

  test("half a credential beside a wrong operation and half a proxy", () => {
    const llm = `llm: { route_type: llm/v1/completions, auth: { header_name: a }, ${MODEL} }`;
    const told = plugin("ai-request-transformer", `{ prompt: p, http_proxy_host: h, ${llm} }`);
    expect(told.map((one) => one.replace(/^[^:]*: /, "")).sort()).toEqual([
      "'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins",
      "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
      "all or none of these fields must be set: 'config.http_proxy_host', 'config.http_proxy_port'",
    ]);
  });

  test("what is missing of a provider beside an operation that is none", () => {
    const model = "model: { provider: azure, name: m, options: { temperature: 9 } }";
    expect(plugin("ai-proxy", `{ route_type: llm/v1/chatt, ${model} }`)).toEqual([
      "plugins[0].config.@entity: must set 'model.options.azure_instance' for azure provider",
      expect.stringContaining("config.route_type: expected one of: llm/v1/chat,"),
      "plugins[0].config.model.options.temperature: value should be between 0 and 5",
    ]);
  });

  test("nothing is told that only some readings of a wrong field would make a fault", () => {
    expect(plugin("ai-proxy", "{ route_type: llm/v1/chat, model: { provider: opnai } }")).toEqual([
      expect.stringContaining("config.model.provider: expected one of: anthropic, azure"),
    ]);
    const written = "{ route_type: llm/v1/chat, model: { provider: llama2, name: m, options: ";
    expect(plugin("ai-proxy", `${written}{ llama2_format: raw, upstream_url: 5 } } }`)).toEqual([
      "plugins[0].config.model.options.upstream_url: expected a string",
    ]);
  });

  test("a balancer's demands beside a target without a model", () => {
    const config = "{ balancer: { algorithm: semantic }, targets: [{ route_type: llm/v1/chat }] }";
    const told = plugin("ai-proxy-advanced", config);
    expect(told).toContain(
      "plugins[0].config.@entity: must set 'embeddings' for the semantic algorithm",
    );
    expect(told).toContain("plugins[0].config.targets[0].model: required field missing");
  });

  test("wrong metadata beside what the options lack", () => {
    const model = "model: { provider: llama2, metadata: { temperature: hot } }";
    expect(plugin("ai-proxy", `{ route_type: llm/v1/chat, ${model} }`)).toEqual([
      "plugins[0].config.@entity: must set 'model.options.llama2_format' for llama2 provider",
      "plugins[0].config.@entity: must set 'model.options.upstream_url' for self-hosted providers/models",
      expect.stringContaining("plugins[0].config.model.metadata.temperature: "),
    ]);
  });

  test("fields that are not built yet beside wrong ones", () => {
    const text = `_format_version: "3.0"
services: [{ protocol: grpc, tls_verify: false, port: many }]
routes: [{ paths: [/a], expression: e, strip_path: 5 }]
plugins: [{ name: file-log, condition: c, enabled: 5, config: { path: /tmp/l } }]
`;
    expect(faults(text)).toEqual([
      "services[0].host: required field missing",
      "services[0].protocol: the protocol grpc is not built yet",
      "services[0].tls_verify: leaving the upstream's certificate unchecked is not built yet",
      "services[0].port: expected an integer",
      "routes[0].expression: routing by expression is not built yet",
      "routes[0].strip_path: expected a boolean",
      "plugins[0].condition: conditions are not built yet",
      "plugins[0].enabled: expected a boolean",
    ]);
  });

  test("the rest of a file whose key stands twice", () => {
    const text = `_format_version: "3.0"\nroutes: [{ paths: [/a], paths: [b] }]\nplugins: [{ name: none }]\n`;
    expect(faults(text)).toEqual([
      "routes[0].paths[0]: should start with: / (fixed path) or ~/ (regex path)",
      ": the key stands twice in this map",
      "plugins[0].name: plugin 'none' not enabled; add it to the 'plugins' configuration property",
    ]);
  });
});
