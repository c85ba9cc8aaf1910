import { expect, test } from "bun:test";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { LLM_FORMATS, ROUTE_TYPES } from "../../../src/providers/operations.ts";
import { PROVIDER_NAMES } from "../../../src/providers/target-schema.ts";

const ENV = { OPENAI_KEY: "sk-1", DECK_AZURE_KEY: "az-1", DECK_PORT: "8080", GEMINI_KEY: "g-1" };

function load(text: string) {
  return loadConfig(
    { text, file: "kong.yaml" },
    { env: ENV, plugins: PLUGINS, readFile: () => "from a file" },
  );
}

function lines(text: string): readonly string[] {
  const result = load(text);
  const problems = "problems" in result ? result.problems : result.config.warnings;
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

/** A file with one ai-proxy whose config is given as flow YAML. */
function proxyFile(config: string): string {
  return `_format_version: "3.0"\nplugins: [{ name: ai-proxy, config: ${config} }]\n`;
}

function configOf(text: string): Config {
  const result = load(text);
  if ("problems" in result) throw new Error(lines(text).join("\n"));
  return result.config;
}

const CHAT = "route_type: llm/v1/chat";
const BEARER = "auth: { header_name: Authorization, header_value: Bearer k }";

test("an ai-proxy that says the least has the stated defaults", () => {
  const [plugin] = configOf(proxyFile(`{ ${CHAT}, model: { provider: openai } }`)).plugins;
  expect(plugin?.options).toMatchObject({
    route_type: "llm/v1/chat",
    genai_category: "text/generation",
    llm_format: "openai",
    response_streaming: "allow",
    max_request_body_size: 1_048_576,
    model_name_header: true,
    auth: {
      allow_override: false,
      azure_use_managed_identity: false,
      gcp_use_service_account: false,
    },
    logging: { log_statistics: false, log_payloads: false },
    model: {
      provider: "openai",
      options: {
        azure_api_version: "2023-05-15",
        bedrock: { embeddings_normalize: false },
        cohere: { embedding_input_type: "classification" },
        dashscope: { international: true },
      },
    },
  });
});

test("an unknown key is refused wherever it stands", () => {
  const file = proxyFile(
    `{ ${CHAT}, x1: 1, auth: { x2: 1 }, logging: { x3: 1 }, model: { provider: openai, x4: 1, options: { x5: 1, gemini: { x6: 1 } } } }`,
  );
  const unknown = lines(file).filter((line) => line.endsWith(": unknown field"));
  expect(unknown.map((line) => /x\d/.exec(line)?.[0])).toEqual([
    "x1",
    "x2",
    "x3",
    "x4",
    "x5",
    "x6",
  ]);
});

test("what is required is missed", () => {
  expect(lines(proxyFile("{}"))).toEqual([
    "plugins[0].config.route_type: required field missing",
    "plugins[0].config.model: required field missing",
  ]);
  expect(lines(proxyFile(`{ ${CHAT}, model: {} }`))).toEqual([
    "plugins[0].config.model.provider: required field missing",
  ]);
});

test("null is unset: defaults hold, and what is required is missed", () => {
  const file = proxyFile(
    `{ ${CHAT}, llm_format: null, auth: null, model: { provider: openai, name: null, options: { temperature: null } } }`,
  );
  expect(configOf(file).plugins[0]?.options).toMatchObject({ llm_format: "openai" });
  expect(lines(proxyFile(`{ route_type: null, model: { provider: openai } }`))).toEqual([
    "plugins[0].config.route_type: required field missing",
  ]);
});

test("providers, route types and formats that do not exist get the list of those that do", () => {
  const file = proxyFile("{ route_type: llm/v2, llm_format: x, model: { provider: x } }");
  expect(lines(file)).toEqual([
    `plugins[0].config.route_type: expected one of: ${ROUTE_TYPES.join(", ")}, llm/v1/multimodal-embeddings`,
    `plugins[0].config.llm_format: expected one of: ${LLM_FORMATS.join(", ")}`,
    `plugins[0].config.model.provider: expected one of: ${PROVIDER_NAMES.join(", ")}`,
  ]);
});

test.each([
  [
    "half a header",
    `{ ${CHAT}, auth: { header_name: Authorization }, model: { provider: openai } }`,
    "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
  ],
  [
    "Anthropic without a version",
    `{ ${CHAT}, model: { provider: anthropic } }`,
    "must set 'model.options.anthropic_version' for anthropic provider",
  ],
  [
    "Azure without a deployment",
    `{ ${CHAT}, model: { provider: azure, options: { azure_instance: a } } }`,
    "must set 'model.options.azure_deployment_id' for azure provider",
  ],
  [
    "Gemini whose caller may choose the key",
    `{ ${CHAT}, auth: { allow_override: true }, model: { provider: gemini } }`,
    "bedrock and gemini only support auth.allow_override = false",
  ],
])("an entity check stands under @entity: %s", (_name, config, message) => {
  expect(lines(proxyFile(config))).toContain(`plugins[0].config.@entity: ${message}`);
});

test.each([
  [
    "OpenAI",
    `{ ${CHAT}, ${BEARER}, model: { provider: openai, name: gpt-4o, options: { max_tokens: 512, temperature: 1.0 } } }`,
  ],
  [
    "OpenAI completions",
    `{ route_type: llm/v1/completions, ${BEARER}, model: { provider: openai, name: gpt-3.5-turbo-instruct } }`,
  ],
  [
    "OpenAI through a secret",
    `{ ${CHAT}, auth: { header_name: Authorization, header_value: "Bearer {vault://env/openai-key}" }, model: { provider: openai } }`,
  ],
  [
    "Azure",
    `{ ${CHAT}, auth: { header_name: api-key, header_value: '\${{ env "DECK_AZURE_KEY" }}' }, model: { provider: azure, name: gpt-4o, options: { azure_instance: mine, azure_deployment_id: four, azure_api_version: 2024-10-21 } } }`,
  ],
  [
    "Azure by captures",
    `{ ${CHAT}, auth: { header_name: api-key, header_value: k }, model: { provider: azure, name: $(uri_captures.model), options: { azure_instance: $(headers.x-instance), azure_deployment_id: $(uri_captures.deployment) } } }`,
  ],
  [
    "Anthropic",
    `{ ${CHAT}, auth: { header_name: x-api-key, header_value: k }, model: { provider: anthropic, name: claude-sonnet-4-5, options: { anthropic_version: "2023-06-01", max_tokens: 512, temperature: 1, top_p: 0.5, top_k: 256 } } }`,
  ],
  [
    "Cohere",
    `{ ${CHAT}, ${BEARER}, model: { provider: cohere, name: command-r, options: { max_tokens: 512 } } }`,
  ],
  [
    "Mistral",
    `{ ${CHAT}, ${BEARER}, model: { provider: mistral, name: mistral-tiny, options: { mistral_format: openai, upstream_url: "https://api.mistral.ai/v1/chat/completions" } } }`,
  ],
  [
    "Mistral at home",
    `{ ${CHAT}, model: { provider: mistral, name: mistral, options: { mistral_format: ollama, upstream_url: "http://box:11434/api/chat" } } }`,
  ],
  [
    "Llama 2, raw",
    `{ ${CHAT}, model: { provider: llama2, name: llama2, options: { llama2_format: raw, upstream_url: "http://box:9000/generate" } } }`,
  ],
  [
    "Llama 3 on Ollama",
    `{ ${CHAT}, model: { provider: llama2, name: llama3, options: { llama2_format: ollama, upstream_url: "http://box:11434/api/chat" } } }`,
  ],
  [
    "Llama 3 by OpenAI's dialect",
    `{ ${CHAT}, model: { provider: llama2, name: llama3, options: { llama2_format: openai, upstream_url: "http://box:8000/v1/chat/completions" } } }`,
  ],
  [
    "Gemini",
    `{ ${CHAT}, auth: { param_name: key, param_value: "{vault://env/gemini-key}", param_location: query }, model: { provider: gemini, name: gemini-2.5-flash } }`,
  ],
  [
    "Hugging Face",
    `{ ${CHAT}, ${BEARER}, model: { provider: huggingface, name: HuggingFaceTB/SmolLM3-3B, options: { huggingface: { wait_for_model: true, use_cache: false } } } }`,
  ],
  ["xAI", `{ ${CHAT}, ${BEARER}, model: { provider: xai, name: grok-4 } }`],
  [
    "DashScope",
    `{ ${CHAT}, ${BEARER}, model: { provider: dashscope, name: qwen-plus, options: { dashscope: { international: false } } } }`,
  ],
  ["Cerebras", `{ ${CHAT}, ${BEARER}, model: { provider: cerebras, name: gpt-oss-120b } }`],
  ["DeepSeek", `{ ${CHAT}, ${BEARER}, model: { provider: deepseek, name: deepseek-chat } }`],
  [
    "Databricks",
    `{ ${CHAT}, ${BEARER}, model: { provider: databricks, name: dbrx, options: { databricks: { workspace_instance_id: dbc-1-2 } } } }`,
  ],
  [
    "vLLM",
    `{ ${CHAT}, model: { provider: vllm, name: m, options: { upstream_url: "http://box:8000/v1/chat/completions" } } }`,
  ],
  [
    "Ollama",
    `{ ${CHAT}, model: { provider: ollama, name: m, options: { upstream_url: "http://box:11434/api/chat" } } }`,
  ],
  [
    "a Bedrock key",
    `{ ${CHAT}, ${BEARER}, model: { provider: bedrock, name: amazon.nova-lite-v1:0, options: { bedrock: { aws_region: us-east-1 } } } }`,
  ],
  [
    "prices",
    `{ ${CHAT}, logging: { log_statistics: true }, model: { provider: openai, options: { input_cost: 1.5, output_cost: 6, cache_read_cost: 0.5, cache_write_cost_list: [{ ttl: 5m, cost: 2 }], context_window_factor: [{ above: "200000", input_factor: 2, output_factor: 1.5 }], service_tier_factor: [{ tier: flex, factor: 0.5 }] } } }`,
  ],
])("an example in the style of the reference loads: %s", (_name, config) => {
  expect(lines(proxyFile(config))).toEqual([]);
});

test("options of earlier releases are brought up to date, with a warning each", () => {
  const streaming = proxyFile(
    `{ ${CHAT}, model: { provider: openai, options: { response_streaming: deny } } }`,
  );
  expect(configOf(streaming).plugins[0]?.options).toMatchObject({ response_streaming: "deny" });
  expect(lines(streaming)).toEqual([
    "plugins[0].config.model.options.response_streaming: response_streaming has moved: write it beside route_type",
  ]);
  const statistics = proxyFile(
    `{ route_type: llm/v1/completions, logging: { log_statistics: true }, model: { provider: anthropic, options: { anthropic_version: "2023-06-01" } } }`,
  );
  expect(lines(statistics)).toEqual([
    "plugins[0].config.logging.log_statistics: anthropic does not support statistics when route_type is llm/v1/completions: switched off",
  ]);
});

test("a file in the oldest format loads, with its comments and metadata", () => {
  const config = configOf(`
_format_version: "1.1"
_transform: true
_comment: from long ago
_info: { select_tags: [ai], defaults: {} }
services:
  - name: openai
    url: http://localhost:32000
    _comment: any url will do
    routes:
      - name: openai-chat
        paths: ["~/openai/(?P<model>[^/]+)/chat$"]
        methods: [POST]
        _ignore: [1, 2]
    plugins:
      - name: file-log
        config: { path: /dev/null }
`);
  expect(config.routes[0]).toMatchObject({
    paths: ["~/openai/(?P<model>[^/]+)/chat$"],
    service: { name: "openai", host: "localhost", port: 32_000 },
  });
});

test("tuning stays within its ranges, and its ends are within", () => {
  const options = (values: string) =>
    proxyFile(`{ ${CHAT}, model: { provider: openai, options: { ${values} } } }`);
  const at = "plugins[0].config.model.options";
  expect(lines(options("temperature: 5.1, top_p: -0.1, top_k: 501"))).toEqual([
    `${at}.temperature: value should be between 0 and 5`,
    `${at}.top_p: value should be between 0 and 1`,
    `${at}.top_k: value should be between 0 and 500`,
  ]);
  expect(lines(options("temperature: 5, top_p: 1, top_k: 500"))).toEqual([]);
  expect(lines(options("temperature: 0, top_p: 0, top_k: 0"))).toEqual([]);
});

test("numbers are not made of text, unless a template filled it in", () => {
  const file = (port: string) =>
    `_format_version: "3.0"\nservices: [{ name: a, host: h, port: ${port} }]\n`;
  expect(lines(file('"8080"'))).toEqual(["services[0].port: expected an integer"]);
  expect(configOf(file(`"\${{ env 'DECK_PORT' }}"`)).services[0]?.port).toBe(8080);
  expect(configOf(file(`\${{ env "DECK_PORT" | toInt }}`)).services[0]?.port).toBe(8080);
});
