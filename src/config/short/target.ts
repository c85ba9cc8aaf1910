import { operationOf, type RouteType } from "../../providers/operations.ts";
import { PROVIDERS } from "../../providers/registry.ts";
import type { ProviderName } from "../../providers/target-schema.ts";
import { durationMs, type ShortProvider } from "./schema.ts";

/** As an ai-proxy's `config` would say it, before validation. */
export interface TargetInput {
  /** Where the provider is not called like its type. */
  readonly name?: string;
  readonly timeout_ms?: number;
  readonly route_type: RouteType;
  readonly auth?: { readonly header_name: string; readonly header_value: string };
  readonly model: {
    readonly provider: ProviderName;
    readonly name?: string;
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly logging: { readonly log_statistics: boolean };
}

export function targetInput(
  {
    name,
    type,
    ...provider
  }: ShortProvider & { readonly name: string; readonly type: ProviderName },
  routeType: RouteType,
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
  const { keyHeader: header } = PROVIDERS[type];
  if (header !== undefined) return { header_name: header, header_value: key };
  return { header_name: "Authorization", header_value: `Bearer ${key}` };
}

function fieldOptions(
  type: ProviderName,
  provider: ShortProvider,
  routeType: RouteType,
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

/** Where an operation is below a base URL: as the provider has it, else as OpenAI does. */
function operationUrl(
  type: ProviderName,
  format: NonNullable<ShortProvider["format"]>,
  url: string,
  routeType: RouteType,
): string {
  const base = url.replace(/\/+$/, "");
  const isSelfHosted = type === "llama2" || type === "mistral";
  // A server of plain prompts has one address, and it is called as it is written.
  if (isSelfHosted && format === "raw") return base;
  const { operations } = PROVIDERS[isSelfHosted && format === "ollama" ? "ollama" : type];
  const { otherwise } = operationOf(routeType);
  if (otherwise && !operations[routeType]) return operationUrl(type, format, url, otherwise);
  const under = operations[routeType]?.under;
  if (under) return under(base);
  return base + (operationOf(routeType).served?.path.slice("/v1".length) ?? "");
}
