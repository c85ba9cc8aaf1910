import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { LLM_FORMATS, type LlmFormat, ROUTE_TYPES } from "../../../src/providers/operations.ts";
import { targetChecks } from "../../../src/providers/target-checks.ts";
import {
  GENAI_CATEGORIES,
  PROVIDER_NAMES,
  targetSchema,
} from "../../../src/providers/target-schema.ts";
import { targetWarnings } from "../../../src/providers/target-warnings.ts";

interface Written {
  readonly route_type?: string;
  readonly auth?: object;
  readonly logging?: object;
  readonly model: object;
}

function parse({ route_type = "llm/v1/chat", ...rest }: Written) {
  return targetSchema.parse({ route_type, ...rest });
}

function withOptions(options: object, provider = "openai") {
  return { route_type: "llm/v1/chat", model: { provider, options } };
}

function messages(written: Written, llmFormat: LlmFormat = "openai"): string[] {
  return targetChecks(parse(written), { llmFormat }).map(({ message }) => message);
}

function warned(written: Written, llmFormat: LlmFormat = "openai"): string[] {
  return targetWarnings(parse(written), { llmFormat }).map(({ path }) => path.join("."));
}

describe("fields and defaults", () => {
  test("a target needs only a route type and a provider, and has the reference's defaults", () => {
    expect(parse({ model: { provider: "openai" } })).toEqual({
      route_type: "llm/v1/chat",
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
          gemini: {},
          huggingface: {},
          cohere: { embedding_input_type: "classification" },
          dashscope: { international: true },
          databricks: {},
        },
      },
    });
  });

  test("every field of the reference loads as written", () => {
    const written = {
      route_type: "llm/v1/chat",
      auth: {
        header_name: "Authorization",
        header_value: "Bearer k",
        param_name: "key",
        param_value: "v",
        param_location: "query",
        allow_override: true,
        aws_access_key_id: "a",
        aws_secret_access_key: "b",
        azure_use_managed_identity: true,
        azure_client_id: "c",
        azure_client_secret: "d",
        azure_tenant_id: "e",
        gcp_use_service_account: true,
        gcp_service_account_json: "{}",
        gcp_metadata_url: "http://m",
        gcp_oauth_token_url: "http://t",
      },
      logging: { log_statistics: true, log_payloads: true },
      model: {
        provider: "openai",
        name: "m",
        model: "m",
        model_alias: "a",
        metadata: { anything: [1] },
        options: {
          max_tokens: 1,
          temperature: 5,
          top_p: 1,
          top_k: 500,
          input_cost: 1.5,
          output_cost: 2,
          cache_read_cost: 0.1,
          cache_write_cost: 0.2,
          cache_write_cost_list: [{ ttl: "5m", cost: 1 }],
          context_window_factor: [{ above: "200k", input_factor: 2, output_factor: 1.5 }],
          service_tier_factor: [{ tier: "flex", factor: 0.5 }],
          embeddings_dimensions: 256,
          seconds: "8",
          size: "720x1280",
          anthropic_version: "2023-06-01",
          azure_instance: "i",
          azure_deployment_id: "d",
          azure_api_version: "preview",
          llama2_format: "raw",
          mistral_format: "ollama",
          upstream_url: "https://h/p",
          upstream_path: "/p",
          bedrock: {
            aws_region: "r",
            aws_assume_role_arn: "arn",
            aws_role_session_name: "s",
            aws_sts_endpoint_url: "https://sts",
            embeddings_normalize: true,
            performance_config_latency: "optimized",
            batch_bucket_prefix: "s3://b/p/",
            batch_role_arn: "arn",
            video_output_s3_uri: "s3://v",
          },
          gemini: { api_endpoint: "h", project_id: "p", location_id: "l", endpoint_id: "e" },
          huggingface: { use_cache: true, wait_for_model: true },
          cohere: { embedding_input_type: "search_query", wait_for_model: true },
          dashscope: { international: false },
          databricks: { workspace_instance_id: "dbc-1-2" },
        },
      },
    };
    expect<object>(targetSchema.parse(written)).toEqual(written);
  });

  test("unknown keys are refused at every level", () => {
    const nested = ["bedrock", "gemini", "huggingface", "cohere", "dashscope", "databricks"];
    const written: object[] = [
      { route_type: "llm/v1/chat", model: { provider: "openai" }, unknown: 1 },
      { route_type: "llm/v1/chat", model: { provider: "openai", unknown: 1 } },
      { route_type: "llm/v1/chat", model: { provider: "openai" }, auth: { unknown: 1 } },
      { route_type: "llm/v1/chat", model: { provider: "openai" }, logging: { unknown: 1 } },
      withOptions({ unknown: 1 }),
      ...nested.map((group) => withOptions({ [group]: { unknown: 1 } })),
    ];
    for (const target of written) {
      const codes = targetSchema.safeParse(target).error?.issues.map(({ code }) => code);
      expect(codes).toEqual(["unrecognized_keys"]);
    }
  });

  test("every field says what it is, and secrets are marked", () => {
    const schema = JSON.stringify(z.toJSONSchema(targetSchema, { io: "input" }));
    const isDescribed = (node: unknown): boolean => {
      if (typeof node !== "object" || node === null) return true;
      const fields = "properties" in node ? Object.values(Object(node.properties)) : [];
      return (
        fields.every((field) => JSON.stringify(field).includes('"description"')) &&
        Object.values(node).every(isDescribed)
      );
    };
    expect(isDescribed(JSON.parse(schema))).toBe(true);
    const auth = z.toJSONSchema(targetSchema.shape.auth, { io: "input" }).properties ?? {};
    const secrets = Object.keys(auth).filter((name) => Object(auth[name]).secret === true);
    expect(secrets.sort()).toEqual([
      "aws_access_key_id",
      "aws_secret_access_key",
      "azure_client_secret",
      "gcp_service_account_json",
      "header_value",
      "param_value",
    ]);
  });
});

describe("enums", () => {
  test("sixteen providers and our own, fifteen route types, six formats", () => {
    expect([PROVIDER_NAMES.length, ROUTE_TYPES.length, LLM_FORMATS.length]).toEqual([17, 15, 6]);
    expect(GENAI_CATEGORIES[0]).toBe("text/generation");
    for (const provider of PROVIDER_NAMES) parse({ model: { provider } });
    for (const route_type of ROUTE_TYPES) parse({ route_type, model: { provider: "openai" } });
    parse({ route_type: "llm/v1/multimodal-embeddings", model: { provider: "gemini" } });
  });

  test("another value lists the allowed ones in the reference's order", () => {
    const { error } = targetSchema.safeParse({ route_type: "chat", model: { provider: "open" } });
    const provider = error?.issues.find(({ path }) => path[1] === "provider");
    expect(provider).toMatchObject({ code: "invalid_value", values: [...PROVIDER_NAMES] });
    expect(error?.issues).toHaveLength(2);
  });
});

describe("entity checks", () => {
  const azure = { azure_instance: "i", azure_deployment_id: "d" };

  test.each<[string, Written, string]>([
    [
      "bedrock override",
      { auth: { allow_override: true }, model: { provider: "bedrock" } },
      "bedrock and gemini only support auth.allow_override = false",
    ],
    [
      "gemini override",
      { auth: { allow_override: true }, model: { provider: "gemini" } },
      "bedrock and gemini only support auth.allow_override = false",
    ],
    [
      "half a header",
      { auth: { header_name: "a" }, model: { provider: "openai" } },
      "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
    ],
    [
      "part of a param",
      { auth: { param_name: "a", param_location: "body" }, model: { provider: "openai" } },
      "all or none of these fields must be set: 'auth.param_name', 'auth.param_value', 'auth.param_location'",
    ],
    [
      "llama2 format",
      { model: { provider: "llama2", options: { upstream_url: "http://h/" } } },
      "must set 'model.options.llama2_format' for llama2 provider",
    ],
    [
      "mistral format",
      { model: { provider: "mistral" } },
      "must set 'model.options.mistral_format' for mistral provider",
    ],
    [
      "anthropic version",
      { model: { provider: "anthropic" } },
      "must set 'model.options.anthropic_version' for anthropic provider",
    ],
    [
      "azure instance",
      { model: { provider: "azure", options: { azure_deployment_id: "d" } } },
      "must set 'model.options.azure_instance' for azure provider",
    ],
    [
      "azure version",
      { model: { provider: "azure", options: { ...azure, azure_api_version: "" } } },
      "must set 'model.options.azure_api_version' for azure provider",
    ],
    [
      "azure deployment",
      { model: { provider: "azure", options: { azure_instance: "i" } } },
      "must set 'model.options.azure_deployment_id' for azure provider",
    ],
    [
      "llama2 url",
      { model: { provider: "llama2", options: { llama2_format: "raw" } } },
      "must set 'model.options.upstream_url' for self-hosted providers/models",
    ],
    [
      "part of vertex",
      { model: { provider: "gemini", options: { gemini: { project_id: "p" } } } },
      "all or none of these fields must be set: 'api_endpoint', 'project_id', 'location_id'",
    ],
    [
      "anthropic completions",
      {
        route_type: "llm/v1/completions",
        logging: { log_statistics: true },
        model: { provider: "anthropic", options: { anthropic_version: "v" } },
      },
      "anthropic does not support statistics when route_type is llm/v1/completions",
    ],
  ])("%s", (_name, written, message) => {
    expect(messages(written)).toEqual([message]);
  });

  test("native formats belong to their provider", () => {
    expect(messages({ model: { provider: "openai" } }, "bedrock")).toEqual([
      "native llm_format 'bedrock' can only be used with the 'bedrock' model.provider",
    ]);
    expect(messages({ model: { provider: "bedrock" } }, "gemini")).toEqual([
      "native llm_format 'gemini' can only be used with the 'gemini' model.provider",
    ]);
    expect(messages({ model: { provider: "openai" } }, "anthropic")).toEqual([]);
  });

  test("all that fail are reported, in the table's order", () => {
    const written = { auth: { header_name: "a", param_name: "b" }, model: { provider: "llama2" } };
    expect(messages(written)).toEqual([
      "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
      "all or none of these fields must be set: 'auth.param_name', 'auth.param_value', 'auth.param_location'",
      "must set 'model.options.llama2_format' for llama2 provider",
      "must set 'model.options.upstream_url' for self-hosted providers/models",
    ]);
  });

  test("a deployment is not asked for where Azure needs none", () => {
    const options = { azure_instance: "i" };
    for (const name of ["files", "batches", "assistants", "responses"]) {
      expect(
        messages({ route_type: `llm/v1/${name}`, model: { provider: "azure", options } }),
      ).toEqual([]);
    }
    const withUrl = { ...options, upstream_url: "https://h/p" };
    expect(messages({ model: { provider: "azure", options: withUrl } })).toEqual([]);
  });

  test("options from metadata count, and are checked", () => {
    expect(
      messages({ model: { provider: "anthropic", metadata: { anthropic_version: "v" } } }),
    ).toEqual([]);
    const problems = targetChecks(
      parse({ model: { provider: "openai", metadata: { temperature: 9 } } }),
      { llmFormat: "openai" },
    );
    expect(problems.map(({ path }) => path)).toEqual([["model", "metadata", "temperature"]]);
  });
});

describe("ranges", () => {
  test.each<[string, number, number, number]>([
    ["temperature", 0, 5, 0.01],
    ["top_p", 0, 1, 0.01],
    ["top_k", 0, 500, 1],
  ])("%s", (field, lowest, highest, step) => {
    const accepts = (value: number) =>
      targetSchema.safeParse(withOptions({ [field]: value })).success;
    expect([lowest, highest].map(accepts)).toEqual([true, true]);
    expect([lowest - step, highest + step].map(accepts)).toEqual([false, false]);
  });

  test("an address is http or https, with a host", () => {
    const accepts = (upstream_url: string) =>
      targetSchema.safeParse(withOptions({ upstream_url })).success;
    expect(["https://h", "http://h:1/p?q=1", "https://$(headers.h)/p"].every(accepts)).toBe(true);
    expect(["h", "ftp://h", "https://", "https:///p", "$(headers.url)"].some(accepts)).toBe(false);
    expect(["http://h:99999/p", "http://[h/p", "http://a b/p"].some(accepts)).toBe(false);
    expect(["http://$(headers.h):$(headers.p)/", "http://h/a@b?c@d"].every(accepts)).toBe(true);
  });
});

describe("warnings", () => {
  test.each<[string, Written, string]>([
    ["preserve", { route_type: "preserve", model: { provider: "openai" } }, "route_type"],
    [
      "upstream_path",
      { model: { provider: "openai", options: { upstream_path: "/p" } } },
      "model.options.upstream_path",
    ],
    ["model.model", { model: { provider: "openai", model: "m" } }, "model.model"],
    [
      "seconds",
      { model: { provider: "openai", options: { seconds: 4 } } },
      "model.options.seconds",
    ],
    ["size", { model: { provider: "openai", options: { size: "1x1" } } }, "model.options.size"],
    ["vllm without a home", { model: { provider: "vllm" } }, "model.options.upstream_url"],
    ["ollama without a home", { model: { provider: "ollama" } }, "model.options.upstream_url"],
    [
      "databricks without a home",
      { model: { provider: "databricks" } },
      "model.options.databricks.workspace_instance_id",
    ],
    [
      "bedrock video",
      { route_type: "video/v1/videos/generations", model: { provider: "bedrock" } },
      "model.options.bedrock.video_output_s3_uri",
    ],
    [
      "a base URL",
      { model: { provider: "openai", options: { upstream_url: "https://h/v1" } } },
      "model.options.upstream_url",
    ],
  ])("%s", (_name, written, path) => {
    expect(warned(written)).toEqual([path]);
  });

  test("none for a plain target, nor for a base where a base is meant", () => {
    expect(warned({ model: { provider: "openai" } })).toEqual([]);
    const v1 = { upstream_url: "https://box.test/v1/chat" };
    expect(warned(withOptions(v1, "cohere"))).toEqual([]);
    const options = { upstream_url: "https://x.endpoints.huggingface.cloud" };
    expect(warned({ model: { provider: "huggingface", options } })).toEqual([]);
    expect(warned({ model: { provider: "openai" } }, "cohere")).toEqual(["model.provider"]);
  });
});
