import { describe, expect, test } from "bun:test";
import { PLUGINS } from "../plugins/registry.ts";
import { loadConfig } from "./load-config.ts";

/** Errors and warnings as `path: message (hint)`, in the order of the file. */
function told(text: string, env: Readonly<Record<string, string>> = {}): string[] {
  const context = { env, plugins: PLUGINS, readFile: () => "" };
  const result = loadConfig({ text, file: "gateway.yaml" }, context);
  const problems = "config" in result ? result.config.warnings : result.problems;
  return problems.map(({ path, message, hint }) => {
    return `${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
}

describe("words of other gateways and clients", () => {
  test.each([
    ["api_key: k", "providers.openai.api_key: unknown field (it is called 'key' here)"],
    ["apiKey: k", "providers.openai.apiKey: unknown field (it is called 'key' here)"],
    ["api-key: k", "providers.openai.api-key: unknown field (it is called 'key' here)"],
    ["base_url: u", "providers.openai.base_url: unknown field (it is called 'url' here)"],
    ["baseURL: u", "providers.openai.baseURL: unknown field (it is called 'url' here)"],
    ["api_base: u", "providers.openai.api_base: unknown field (it is called 'url' here)"],
    ["endpoint: u", "providers.openai.endpoint: unknown field (it is called 'url' here)"],
    ["provider: openai", "providers.openai.provider: unknown field (it is called 'type' here)"],
    ["regoin: r", "providers.openai.regoin: unknown field (did you mean 'region'?)"],
  ])("a provider's %s", (field, line) => {
    expect(told(`providers: { openai: { ${field} } }`)).toEqual([line]);
  });

  test("a model's", () => {
    const text = "providers: { openai: k }\nmodels: { a: { model: openai/x, use: openai/x } }";
    expect(told(text)).toEqual(["models.a.model: unknown field (it is called 'use' here)"]);
  });
});

describe("a key that is none", () => {
  test.each([
    ["os.environ/OPENAI_API_KEY", "OPENAI_API_KEY"],
    ["process.env.MY_KEY", "MY_KEY"],
    ["env:MY_KEY", "MY_KEY"],
    ["env/MY_KEY", "MY_KEY"],
    ["%MY_KEY%", "MY_KEY"],
    ["os.environ['MY_KEY']", "MY_KEY"],
    ["{{ env.MY_KEY }}", "MY_KEY"],
    ['{{ env "MY_KEY" }}', "MY_KEY"],
    ["{{ my_key }}", "NAME"],
  ])("%s is another tool's name of a variable", (written, name) => {
    const line = `is how another tool names a variable: write $${name}`;
    const text = JSON.stringify({
      providers: { openai: written, a: { type: "azure", key: "k", instance: written } },
      keys: { me: { key: written } },
    });
    expect(told(text)).toEqual([
      `providers.openai.key: ${line}`,
      `providers.a.instance: ${line}`,
      `keys.me.key: ${line}`,
    ]);
  });

  test("what only looks a little like one is a key", () => {
    expect(told("providers: { openai: env-key, xai: '100%', mistral: '{x}' }")).toEqual([]);
  });

  test("the scheme of its header is not part of it, wherever it comes from", () => {
    const line = "is the key alone, without 'Bearer': that is added where the vendor wants it";
    expect(told("providers: { openai: Bearer sk-one }")).toEqual([`providers.openai.key: ${line}`]);
    const several = "providers: { anthropic: { key: [sk-one, $KEY] } }";
    expect(told(several, { KEY: "bearer sk-two" })).toEqual([
      `providers.anthropic.key[1]: ${line}`,
    ]);
  });

  test("a name without its $ is warned of", () => {
    expect(told("providers: { openai: OPENAI_API_KEY, vllm: { url: http://h/v1 } }")).toEqual([
      "providers.openai.key: looks like the name of a variable, and is sent as it stands: for its value write a $ before it",
    ]);
  });
});

describe("what stands elsewhere here is shown its place", () => {
  const LISTEN = "where to listen is said at the start: dragoman start --listen HOST:PORT";
  test.each([
    ["port: 80\nproviders: { openai: k }", `port: unknown field (${LISTEN})`],
    [
      "master_key: k\nproviders: { openai: k }",
      "master_key: unknown field (callers' keys stand under 'keys'; 'dragoman key new' makes one)",
    ],
    [
      "providers: { openai: { key: k, models: [a] } }",
      "providers.openai.models: unknown field (models stand under 'models' of the file: fast: provider/model)",
    ],
    [
      "providers: { bedrock: { region: r, aws_access_key_id: a } }",
      "providers.bedrock.aws_access_key_id: unknown field (AWS's own variables and profiles are read: AWS_ACCESS_KEY_ID, AWS_PROFILE, …; or a Bedrock API key as 'key')",
    ],
    [
      "providers: { openai: k }\nmodels: { a: { use: openai/x, temperature: 1 } }",
      "models.a.temperature: unknown field (it stands under 'options')",
    ],
    [
      "providers: [openai]",
      "providers: expected a record (write it as { openai: $OPENAI_API_KEY }, with a blank behind each colon)",
    ],
    [
      "providers: { openai: k }\nmodels:\n  fast:openai/x",
      "models: expected a record (write it as { fast: openai/gpt-4o }, with a blank behind each colon)",
    ],
    [
      '{ // mine\n "list_models": "all", "providers": { "openai": "k" } }',
      `['// mine "list_models"']: unknown field (a comment begins with '#')`,
    ],
  ])("%j", (text, line) => {
    expect(told(text)).toEqual([line]);
  });

  test("a file with nothing that is known is told how to begin, in either form", () => {
    expect(told("Providers: { openai: k }")).toEqual([
      "Providers: unknown field (did you mean 'providers'?)",
      expect.stringMatching(/^: the file has nothing that is known here: write providers and mod/),
    ]);
    expect(told("services: []")).toEqual(["_format_version: required field missing"]);
  });
});

describe("a url that is one operation's", () => {
  test.each([
    ["openai", "http://h/v1/chat/completions", "http://h/v1"],
    ["vllm", "http://h:8000/v1/completions/", "http://h:8000/v1"],
    ["anthropic", "https://h/v1/messages", "https://h/v1"],
    ["ollama", "http://h:11434/api/chat", "http://h:11434"],
    ["cohere", "https://h/v2/chat", "https://h/v2"],
    ["openai", "https://h/v1/models", "https://h/v1"],
    ["huggingface", "http://h/generate", "http://h"],
  ])("%s at %s", (type, url, base) => {
    expect(told(`providers: { a: { type: ${type}, key: k, url: "${url}" } }`)).toEqual([
      `providers.a.url: is the address of one operation, and each call appends its own: write ${base}`,
    ]);
  });

  test("is right where plain prompts are sent", () => {
    const raw = "{ type: llama2, format: raw, url: http://h/generate }";
    expect(told(`providers: { a: ${raw} }`)).toEqual([]);
    expect(told("providers: { a: { type: vllm, url: http://chat/v1 } }")).toEqual([]);
  });
});

describe("a file that is another gateway's", () => {
  test("LiteLLM's", () => {
    const text = `model_list:
  - model_name: fast
    litellm_params: { model: anthropic/claude-haiku-4-5, api_key: sk-secret-value }
litellm_settings: { drop_params: true }
general_settings: { master_key: sk-other-secret }
`;
    expect(told(text)).toEqual([
      "model_list: this is a file of LiteLLM's: write providers and models of the short form, as in { providers: { anthropic: { key: $ANTHROPIC_API_KEY } }, models: { fast: anthropic/claude-haiku-4-5 } }",
    ]);
    const groq = `model_list: [{ model_name: g, litellm_params: { model: groq/l, api_base: "https://g/v1" } }]`;
    expect(told(groq)[0]).toEndWith(
      "{ providers: { groq: { type: openai, key: $OPENAI_API_KEY, url: https://g/v1 } }, models: { g: groq/l } }",
    );
    expect(told("model_list: [5]")).toEqual([
      "model_list: this is a file of LiteLLM's: write providers and models of the short form",
    ]);
  });

  test("Portkey's", () => {
    const target = `{"provider": "@openai", "api_key": "sk-secret", "override_params": {"model": "gpt-4o"}}`;
    const one = `{"strategy": {"mode": "fallback"}, "targets": [${target}]}`;
    const words =
      "this is a file of Portkey's: write providers and models of the short form, as in { providers: { openai: { key: $OPENAI_API_KEY } }, models: { chat: openai/gpt-4o } }";
    expect(told(one)).toEqual([`targets: ${words}`]);
    expect(told(target)).toEqual([`provider: ${words}`]);
  });

  test("Kubernetes'", () => {
    const words = "kind: this is a resource of Kubernetes', and only files are read here";
    expect(told("kind: AIGatewayRoute\nspec: {}")).toEqual([words]);
    expect(told("apiVersion: v1\nkind: KongPlugin\nplugin: ai-proxy\nconfig: {}")).toEqual([
      `${words} (a KongPlugin is plugins: [{ name: ai-proxy, config: … }] in a file that begins with _format_version)`,
    ]);
  });

  test("what is shown of it can be loaded", () => {
    const [line = ""] = told("model_list: [{ litellm_params: { model: mistral/m } }]");
    const shown = line.slice(line.indexOf("{"));
    expect(told(shown, { MISTRAL_API_KEY: "k" })).toEqual([]);
  });
});

test.each(["", "\n", "# nothing yet\n", "---\n", "null\n"])(
  "an empty file is told so: %j",
  (text) => {
    expect(told(text)).toEqual([
      ": the file is empty: write providers and models, or a declarative file that begins with _format_version; 'dragoman init' writes a first one",
    ]);
  },
);

describe("the short form's faults are told in its own words", () => {
  test.each([
    ["azure: { key: k }", "providers.azure.instance: must set 'instance' for azure provider"],
    ["llama2: {}", "providers.llama2: must set 'url' for self-hosted providers/models"],
    [
      "vllm: {}",
      "providers.vllm.url: url is not set, and this provider has no endpoint of its own",
    ],
    ["databricks: { key: k }", "providers.databricks.workspace: neither workspace nor url is set"],
  ])("%s", (provider, line) => {
    const [said = ""] = told(`providers: { ${provider} }`);
    expect(said.replace(/^providers\.\w+(?:\.\w+)?: /, "")).toBe(line.replace(/^\S+ /, ""));
  });

  test("a field that is none hides nothing that is missing", () => {
    expect(told("providers: { azure: { api_key: k } }")).toEqual([
      "providers.azure: must set 'instance' for azure provider",
      "providers.azure.api_key: unknown field (it is called 'key' here)",
    ]);
  });

  test("a fault of a provider hides no other provider's name", () => {
    expect(told("providers: { opnai: { api_key: k } }")).toEqual([
      expect.stringContaining("providers.opnai: 'opnai' is no provider: set its type to one of"),
      "providers.opnai.api_key: unknown field (it is called 'key' here)",
    ]);
  });
});
