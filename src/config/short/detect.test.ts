import { expect, test } from "bun:test";
import { load } from "../../../tests/fixtures/test-plugins.ts";
import { detectProviders, ollamaOrigin } from "./detect.ts";

const NOTHING = { ollama: false };
const LAB = { ollama: false, labUrl: "http://127.0.0.1:9/v1" };

test.each([
  ["openai", { OPENAI_API_KEY: "k" }, { key: "$OPENAI_API_KEY" }],
  [
    "openai",
    { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://h/v1" },
    { key: "$OPENAI_API_KEY", url: "$OPENAI_BASE_URL" },
  ],
  ["mistral", { MISTRAL_API_KEY: "k" }, { key: "$MISTRAL_API_KEY", format: "openai" }],
  [
    "azure",
    { AZURE_OPENAI_API_KEY: "k", AZURE_OPENAI_ENDPOINT: "https://mine.openai.azure.com/" },
    { key: "$AZURE_OPENAI_API_KEY", instance: "mine" },
  ],
  [
    "azure",
    {
      AZURE_OPENAI_API_KEY: "k",
      AZURE_OPENAI_INSTANCE: "mine",
      AZURE_OPENAI_DEPLOYMENT: "d",
      OPENAI_API_VERSION: "2024-10-21",
    },
    {
      key: "$AZURE_OPENAI_API_KEY",
      instance: "$AZURE_OPENAI_INSTANCE",
      deployment: "$AZURE_OPENAI_DEPLOYMENT",
      api_version: "$OPENAI_API_VERSION",
    },
  ],
  ["anthropic", { ANTHROPIC_API_KEY: "k" }, { key: "$ANTHROPIC_API_KEY" }],
  ["gemini", { GEMINI_API_KEY: "k" }, { key: "$GEMINI_API_KEY" }],
  ["gemini", { GOOGLE_API_KEY: "k" }, { key: "$GOOGLE_API_KEY" }],
  ["cohere", { CO_API_KEY: "k" }, { key: "$CO_API_KEY" }],
  [
    "bedrock",
    { AWS_BEARER_TOKEN_BEDROCK: "k", AWS_REGION: "eu-west-1" },
    { key: "$AWS_BEARER_TOKEN_BEDROCK", region: "$AWS_REGION" },
  ],
  [
    "bedrock",
    { AWS_ACCESS_KEY_ID: "k", AWS_DEFAULT_REGION: "eu-west-1" },
    { region: "$AWS_DEFAULT_REGION" },
  ],
  ["xai", { XAI_API_KEY: "k" }, { key: "$XAI_API_KEY" }],
  ["deepseek", { DEEPSEEK_API_KEY: "k" }, { key: "$DEEPSEEK_API_KEY" }],
  ["cerebras", { CEREBRAS_API_KEY: "k" }, { key: "$CEREBRAS_API_KEY" }],
  ["dashscope", { DASHSCOPE_API_KEY: "k" }, { key: "$DASHSCOPE_API_KEY" }],
  ["huggingface", { HUGGINGFACE_API_KEY: "k" }, { key: "$HUGGINGFACE_API_KEY" }],
  ["huggingface", { HF_TOKEN: "k", HUGGINGFACE_API_KEY: "k" }, { key: "$HF_TOKEN" }],
  [
    "databricks",
    { DATABRICKS_TOKEN: "k", DATABRICKS_HOST: "https://dbc-1-2.cloud.databricks.com" },
    { key: "$DATABRICKS_TOKEN", workspace: "dbc-1-2" },
  ],
  [
    "databricks",
    { DATABRICKS_TOKEN: "k", DATABRICKS_HOST: "adb-1.2.azuredatabricks.net/" },
    { key: "$DATABRICKS_TOKEN", url: "https://adb-1.2.azuredatabricks.net/serving-endpoints/v1" },
  ],
] as const)("%s is found in %j, and loads", (name, env, provider) => {
  const detected = detectProviders(env, LAB);
  expect<unknown>(detected).toEqual({ providers: { [name]: provider }, notYet: [] });
  const result = load(JSON.stringify({ providers: detected.providers }), { env });
  expect("problems" in result ? result.problems : []).toEqual([]);
});

test("half a provider is named, not guessed", () => {
  expect(detectProviders({ AZURE_OPENAI_API_KEY: "k" }, NOTHING).notYet).toEqual([
    {
      provider: "azure",
      reason:
        "AZURE_OPENAI_API_KEY is set, but AZURE_OPENAI_ENDPOINT is not; it is https://<instance>.openai.azure.com",
    },
  ]);
  expect(detectProviders({ DATABRICKS_TOKEN: "k" }, NOTHING).notYet).toHaveLength(1);
  expect(detectProviders({ AWS_ACCESS_KEY_ID: "k" }, NOTHING).notYet).toHaveLength(1);
});

test("an empty variable is no key", () => {
  expect(detectProviders({ OPENAI_API_KEY: "" }, NOTHING).providers).toEqual({});
});

test("a local Ollama is reached in OpenAI's dialect", () => {
  const { providers } = detectProviders({}, { ollama: true });
  expect(providers).toEqual({
    ollama: { type: "llama2", format: "openai", url: "http://127.0.0.1:11434/v1" },
  });
});

test("the simulator stands in where nothing else is found", () => {
  expect(detectProviders({}, LAB).providers).toEqual({
    lab: { type: "openai", url: "http://127.0.0.1:9/v1" },
  });
  expect(Object.keys(detectProviders({ XAI_API_KEY: "k" }, LAB).providers)).toEqual(["xai"]);
});

test.each([
  [undefined, "http://127.0.0.1:11434"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["0.0.0.0:8000", "http://127.0.0.1:8000"],
  [":8000", "http://127.0.0.1:8000"],
  ["box", "http://box:11434"],
  ["http://box", "http://box:80"],
  ["https://box/", "https://box:443"],
  ["http://[::1]:5", "http://[::1]:5"],
  ["[::]", "http://127.0.0.1:11434"],
])("OLLAMA_HOST %p is called at %s", (written, origin) => {
  expect(ollamaOrigin(written === undefined ? {} : { OLLAMA_HOST: written })).toBe(origin);
});
