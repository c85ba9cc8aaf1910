import { expect, test } from "bun:test";
import { loadText, problemLine } from "../../../src/cli/source.ts";

function warnings(text: string): readonly string[] {
  const result = loadText(text, "gateway.yaml");
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config.warnings.map(problemLine);
}

test("the short form warns of what its targets would be warned of in ai-proxy, once", () => {
  const text = `providers:
  vllm: {}
  local: { type: ollama, key: [a, b] }
  databricks: { key: k }
  cohere: { key: k, url: http://co/v1 }
models:
  a: [vllm/x, local/y]
  b: { use: cohere/z, options: { seconds: 4 } }
`;
  const nowhere = "url is not set, and this provider has no endpoint of its own";
  expect(warnings(text)).toEqual([
    `gateway.yaml:2:3: warning: providers.vllm.url: ${nowhere}`,
    `gateway.yaml:3:3: warning: providers.local.url: ${nowhere}`,
    "gateway.yaml:4:3: warning: providers.databricks.workspace: neither workspace nor url is set",
    "gateway.yaml:8:34: warning: models.b.options.seconds: seconds is not a field of the reference: sent when the request names none",
  ]);
});

test("the short form warns of nothing in providers that are complete", () => {
  const text = `providers:
  openai: { key: k, url: http://h/v1 }
  anthropic: { key: k, url: http://h/v1 }
  huggingface: { key: k, url: http://h/v1 }
  cohere: { key: k, url: http://h/v2 }
  azure: { key: k, instance: i }
  vllm: { url: http://h/v1 }
  ollama: { url: http://h }
  mistral: { key: k }
  gemini: { key: k }
  bedrock: { region: eu-west-1 }
models: { a: [openai/x, anthropic/y, azure/z] }
`;
  expect(warnings(text)).toEqual([]);
});
