import { expect, test } from "bun:test";
import { problemLines } from "../../tests/fixtures/test-plugins.ts";

type BadFile = readonly [name: string, text: string, ...problems: string[]];

const NO_REFERENCE = `'\${' begins no reference here: write \${NAME}, or $$ for a $ as such`;

const FILES: readonly BadFile[] = [
  [
    "an unknown provider in the short form",
    `providers:
  openia: { key: a-canary-key }
`,
    "2:3 providers.openia: 'openia' is no provider: set its type to one of anthropic, azure, bedrock, cerebras, cohere, dashscope, databricks, deepseek, gemini, huggingface, llama2, local, mistral, ollama, openai, vllm, xai; openai, with a url, for one that speaks OpenAI's API (did you mean 'openai'?)",
  ],
  [
    "an unknown model provider",
    `providers: { openai: { key: a-canary-key } }
models:
  smart: opnai/gpt-4o
`,
    "3:10 models.smart: no provider is called 'opnai' (did you mean 'openai'?)",
  ],
  [
    "several targets",
    `providers: { openai: { key: [a-canary-key, a-canary-name], options: { top_k: 999 } } }
models:
  none: []
  unknown: [openai/gpt-4o, opnai/gpt-4o-mini, openai/]
  ordered: [openai/gpt-4o x2, openai/gpt-4o-mini]
  many: { balance: usage, use: [openai/gpt-4o x0, openai/gpt-4o-mini x101] }
  how: { balance: latancy, use: [openai/gpt-4o, openai/gpt-4o-mini] }
  why: { balance: latency on x-user, use: [openai/gpt-4o, openai/gpt-4o-mini] }
  what: { balance: semantic, use: [openai/gpt-4o, openai/gpt-4o-mini] }
  dear: { balance: cost, use: [openai/gpt-4o, openai/gpt-4o-mini] }
`,
    "1:78 providers.openai.options.top_k: value should be between 0 and 500",
    "3:9 models.none: length must be at least 1",
    "4:28 models.unknown[1]: no provider is called 'opnai' (did you mean 'openai'?)",
    "4:47 models.unknown[2]: write it as provider/model",
    "5:13 models.ordered[0]: shares are for targets that share the work; these are asked in order",
    "6:33 models.many.use[0]: shares should be between 1 and 100",
    "6:51 models.many.use[1]: shares should be between 1 and 100",
    "7:19 models.how.balance: expected one of: order, round-robin, latency, usage, cost, connections, hash (or hash on HEADER) (did you mean 'latency'?)",
    "8:19 models.why.balance: expected one of: order, round-robin, latency, usage, cost, connections, hash (or hash on HEADER)",
    "9:20 models.what.balance: semantic needs descriptions and an embedding model: use ai-proxy-advanced",
    "10:20 models.dear.balance: needs the prices: set 'options.input_cost' and 'options.output_cost'",
  ],
  [
    "keys of the short form",
    `providers: { openai: { key: a-canary-key } }
models: { smart: openai/gpt-4o }
keys:
  web: {}
  cli: { hash: "sha256:abc" }
  both: { hash: "sha256:${"a".repeat(64)}", key: a-canary-key }
  one: "sha256:${"b".repeat(64)}"
  two: { hash: "sha256:${"b".repeat(64)}", models: [smrt, openai/gpt-9, "gpt-*"] }
`,
    "4:8 keys.web: exactly one of these fields must be non-empty: 'hash', 'key'",
    "5:16 keys.cli.hash: expected sha256: and 64 hex digits; 'dragoman key new' prints one",
    "6:9 keys.both: exactly one of these fields must be non-empty: 'hash', 'key'",
    "8:8 keys.two: uniqueness violation: 'one' has the same key",
    "8:100 keys.two.models[0]: no model is called 'smrt' (did you mean 'smart'?)",
  ],
  [
    "a key with the name of a consumer",
    `_format_version: "3.0"
consumers: [{ username: web }]
keys: { web: "sha256:${"a".repeat(64)}" }
providers: { openai: { key: a-canary-key } }
`,
    "3:9 keys.web: uniqueness violation: 'consumers' entity with username set to 'web' already declared",
  ],
  [
    "options of the short form",
    `providers:
  openai:
    key: a-canary-key
    options:
      temperature: 9
models:
  smart: openai/gpt-4o
`,
    "5:20 providers.openai.options.temperature: value should be between 0 and 5",
  ],
  [
    "a misspelt field of the short form",
    `providers:
  openai: { kye: a-canary-key }
`,
    "2:13 providers.openai.kye: unknown field (did you mean 'key'?)",
  ],
  [
    "a missing variable of the short form",
    `providers:
  openai: { key: $NO_KEY }
  local: { type: vllm, url: "http://\${NO_HOST}:8000/v1" }
`,
    "2:18 providers.openai.key: environment variable NO_KEY is not set",
    "3:29 providers.local.url: environment variable NO_HOST is not set",
  ],
  [
    "a password in a url of the short form",
    `providers:
  local: { type: vllm, url: "http://me:canary@h:8000/v1" }
`,
    "2:29 providers.local.url: a url with a user name or password is not built yet",
  ],
  [
    "what is nearly a reference",
    `providers:
  openai: { key: $OPENAI-KEY }
  mistral: { format: openai, key: "\${MISTRAL_KEY" }
  azure: { key: "\${}", instance: "\${DECK-NAME}" }
models:
  smart: openai/$MODEL
`,
    "2:18 providers.openai.key: environment variable OPENAI is not set (a $ as such is written $$)",
    `3:35 providers.mistral.key: ${NO_REFERENCE}`,
    `4:17 providers.azure.key: ${NO_REFERENCE}`,
    `4:34 providers.azure.instance: ${NO_REFERENCE}`,
    "6:10 models.smart: environment variable MODEL is not set (a $ as such is written $$)",
  ],
];

test.each(FILES)(
  "every fault of a short form is named with its place: %s",
  (_name, text, ...problems) => {
    expect(problemLines(text, { env: { DECK_NAME: "a-canary-name" } })).toEqual(problems);
  },
);
