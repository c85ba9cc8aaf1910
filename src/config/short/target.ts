import type { ProviderName } from "../../providers/target-schema.ts";
import { durationMs } from "./duration.ts";
import type { ShortProvider } from "./schema.ts";

/** Operations that the short form serves. */
export type ShortRouteType = "llm/v1/chat" | "llm/v1/completions" | "llm/v1/embeddings";

/** As an ai-proxy's `config` would say it, before validation. */
export interface TargetInput {
  /** Where the provider is not called like its type. */
  readonly name?: string;
  readonly timeout_ms?: number;
  readonly route_type: ShortRouteType;
  readonly auth?: { readonly header_name: string; readonly header_value: string };
  readonly model: {
    readonly provider: ProviderName;
    readonly name?: string;
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly logging: { readonly log_statistics: boolean };
}

/** Where each vendor wants its key, when it is not `Authorization: Bearer`. */
const KEY_HEADERS: Readonly<Partial<Record<ProviderName, string>>> = {
  anthropic: "x-api-key",
  azure: "api-key",
  gemini: "x-goog-api-key",
};

type Suffixes = Readonly<Record<ShortRouteType, string>>;

const OPENAI_SUFFIXES: Suffixes = {
  "llm/v1/chat": "/chat/completions",
  "llm/v1/completions": "/completions",
  "llm/v1/embeddings": "/embeddings",
};
const OLLAMA_SUFFIXES: Suffixes = {
  "llm/v1/chat": "/api/chat",
  "llm/v1/completions": "/api/generate",
  "llm/v1/embeddings": "/api/embed",
};
const COHERE_SUFFIXES: Suffixes = {
  "llm/v1/chat": "/chat",
  "llm/v1/completions": "/generate",
  "llm/v1/embeddings": "/embed",
};
const HUGGINGFACE_SUFFIXES: Suffixes = {
  // The provider completes it for every call.
  "llm/v1/chat": "",
  "llm/v1/completions": "/generate",
  "llm/v1/embeddings": "/embed",
};
const ANTHROPIC_SUFFIXES: Suffixes = {
  "llm/v1/chat": "/messages",
  "llm/v1/completions": "/complete",
  // The vendor has none, and calls for it are refused.
  "llm/v1/embeddings": "/embeddings",
};
const AS_WRITTEN: Suffixes = {
  "llm/v1/chat": "",
  "llm/v1/completions": "",
  "llm/v1/embeddings": "",
};

export function targetInput(
  {
    name,
    type,
    ...provider
  }: ShortProvider & { readonly name: string; readonly type: ProviderName },
  routeType: ShortRouteType,
): TargetInput {
  const auth = authInput(type, provider.key);
  return {
    ...(name !== type && { name }),
    ...timeoutInput(provider.timeout),
    route_type: routeType,
    ...(auth === undefined ? {} : { auth }),
    model: {
      provider: type,
      options: { ...fieldOptions(type, provider, routeType), ...provider.options },
    },
    // The reference counts nothing for Anthropic's legacy completions and refuses to be asked to.
    logging: { log_statistics: type !== "anthropic" || routeType !== "llm/v1/completions" },
  };
}

/** The same target for one model. An Azure deployment is called like its model unless it is named. */
export function forModel(
  target: TargetInput,
  name: string,
  { options = {}, timeout }: ForModel,
): TargetInput {
  const deployment =
    target.model.provider === "azure" && target.model.options["upstream_url"] === undefined
      ? { azure_deployment_id: name }
      : {};
  const merged = { ...deployment, ...target.model.options, ...options };
  return {
    ...target,
    ...timeoutInput(timeout),
    model: { ...target.model, name, options: merged },
  };
}

interface ForModel {
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly timeout?: number | string | undefined;
}

function timeoutInput(timeout: number | string | undefined) {
  return timeout === undefined ? {} : { timeout_ms: durationMs(timeout) };
}

function authInput(type: ProviderName, key: ShortProvider["key"]): TargetInput["auth"] {
  if (typeof key !== "string") return undefined;
  const header = KEY_HEADERS[type];
  if (header !== undefined) return { header_name: header, header_value: key };
  return { header_name: "Authorization", header_value: `Bearer ${key}` };
}

function fieldOptions(
  type: ProviderName,
  provider: ShortProvider,
  routeType: ShortRouteType,
): Record<string, unknown> {
  const { url, format = "openai", instance, deployment, api_version, region, workspace } = provider;
  const options: Record<string, unknown> = {};
  if (type === "llama2") options["llama2_format"] = format;
  if (type === "mistral") options["mistral_format"] = format;
  if (type === "anthropic") options["anthropic_version"] = api_version ?? "2023-06-01";
  if (type === "azure" && api_version !== undefined) options["azure_api_version"] = api_version;
  if (instance !== undefined) options["azure_instance"] = instance;
  if (deployment !== undefined) options["azure_deployment_id"] = deployment;
  if (region !== undefined) options["bedrock"] = { aws_region: region };
  if (workspace !== undefined) options["databricks"] = { workspace_instance_id: workspace };
  if (url !== undefined) options["upstream_url"] = operationUrl(type, format, url, routeType);
  return options;
}

function operationUrl(
  type: ProviderName,
  format: NonNullable<ShortProvider["format"]>,
  url: string,
  routeType: ShortRouteType,
): string {
  const base = url.replace(/\/+$/, "");
  // An endpoint of one's own has OpenAI's dialect for chats only, and that beside its own paths.
  if (type === "huggingface") return base.replace(/\/v1$/, "") + HUGGINGFACE_SUFFIXES[routeType];
  if (type === "cohere") return cohereBase(base, routeType) + COHERE_SUFFIXES[routeType];
  return base + suffixes(type, format)[routeType];
}

/** Each of Cohere's operations has its version; a base of one is a base of the other. */
function cohereBase(base: string, routeType: ShortRouteType): string {
  if (routeType === "llm/v1/completions") return base.replace(/\/v2$/, "/v1");
  return routeType === "llm/v1/embeddings" ? base.replace(/\/v1$/, "/v2") : base;
}

function suffixes(type: ProviderName, format: NonNullable<ShortProvider["format"]>): Suffixes {
  if (type === "anthropic") return ANTHROPIC_SUFFIXES;
  if (type === "ollama") return OLLAMA_SUFFIXES;
  if (type !== "llama2" && type !== "mistral") return OPENAI_SUFFIXES;
  if (format === "raw") return AS_WRITTEN;
  return format === "ollama" ? OLLAMA_SUFFIXES : OPENAI_SUFFIXES;
}
