import type { ShortProvider } from "./schema.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What a caller found out that the environment does not say. */
export interface Probes {
  /** Whether something answers at `ollamaOrigin(env)`. */
  readonly ollama: boolean;
  /** Base URL of the built-in simulator; the only provider when no other is found. */
  readonly labUrl?: string;
}

/** The short form that an environment amounts to. Keys stay `$NAME`, so that it may be shown. */
export interface Detected {
  readonly providers: Readonly<Record<string, Partial<ShortProvider>>>;
  /** Set up in the environment, but out of reach; a sentence each. */
  readonly notYet: readonly { readonly provider: string; readonly reason: string }[];
}

interface Vendor {
  readonly name: string;
  /** Any one of these means that the vendor is meant; the first that is set is used. */
  readonly variables: readonly string[];
  /** How the provider is set up with the variable that was found, or a sentence why it cannot be. */
  setUp(variable: string, env: Env): Partial<ShortProvider> | string;
}

const keyOnly = (variable: string) => ({ key: `$${variable}` });

const VENDORS: readonly Vendor[] = [
  {
    name: "openai",
    variables: ["OPENAI_API_KEY"],
    setUp: (variable, env) => ({
      key: `$${variable}`,
      ...(isSet(env, "OPENAI_BASE_URL") ? { url: "$OPENAI_BASE_URL" } : {}),
    }),
  },
  { name: "anthropic", variables: ["ANTHROPIC_API_KEY"], setUp: keyOnly },
  { name: "gemini", variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], setUp: keyOnly },
  { name: "cohere", variables: ["COHERE_API_KEY", "CO_API_KEY"], setUp: keyOnly },
  {
    name: "bedrock",
    variables: ["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"],
    setUp: bedrock,
  },
  {
    name: "mistral",
    variables: ["MISTRAL_API_KEY"],
    setUp: (variable) => ({ key: `$${variable}`, format: "openai" }),
  },
  { name: "azure", variables: ["AZURE_OPENAI_API_KEY"], setUp: azure },
  { name: "xai", variables: ["XAI_API_KEY"], setUp: keyOnly },
  { name: "deepseek", variables: ["DEEPSEEK_API_KEY"], setUp: keyOnly },
  { name: "cerebras", variables: ["CEREBRAS_API_KEY"], setUp: keyOnly },
  { name: "dashscope", variables: ["DASHSCOPE_API_KEY"], setUp: keyOnly },
  { name: "huggingface", variables: ["HF_TOKEN", "HUGGINGFACE_API_KEY"], setUp: keyOnly },
  { name: "databricks", variables: ["DATABRICKS_TOKEN"], setUp: databricks },
];

/** Which providers an environment is set up for. */
export function detectProviders(env: Env, probes: Probes): Detected {
  const providers: Record<string, Partial<ShortProvider>> = {};
  const notYet: { provider: string; reason: string }[] = [];
  for (const { name, variables, setUp } of VENDORS) {
    const variable = variables.find((one) => isSet(env, one));
    if (variable === undefined) continue;
    const provider = setUp(variable, env);
    if (typeof provider === "string") notYet.push({ provider: name, reason: provider });
    else providers[name] = provider;
  }
  if (probes.ollama) {
    // Ollama answers OpenAI's dialect below /v1: https://github.com/ollama/ollama/blob/main/docs/openai.md
    providers["ollama"] = { type: "llama2", format: "openai", url: `${ollamaOrigin(env)}/v1` };
  }
  if (Object.keys(providers).length === 0 && probes.labUrl !== undefined) {
    providers["lab"] = { type: "openai", url: probes.labUrl };
  }
  return { providers, notYet };
}

/**
 * Where a local Ollama listens: `OLLAMA_HOST` in any of its forms, else port 11434 of this machine.
 * A wildcard address is one to listen on, not one to call.
 */
export function ollamaOrigin(env: Env): string {
  const written = (env["OLLAMA_HOST"] ?? "").trim();
  const [, scheme = "http", rest = ""] = /^(?:(https?):\/\/)?(.*?)\/*$/.exec(written) ?? [];
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(rest) ?? [];
  const wildcard = host === "" || host === "0.0.0.0" || host === "[::]";
  const ownPort = written.includes("://") ? (scheme === "https" ? "443" : "80") : "11434";
  return `${scheme}://${wildcard ? "127.0.0.1" : host}:${port ?? ownPort}`;
}

/** Without a Bedrock API key the SDKs' usual chain signs: environment, profile, role. */
function bedrock(variable: string, env: Env): Partial<ShortProvider> | string {
  const region = ["AWS_REGION", "AWS_DEFAULT_REGION"].find((one) => isSet(env, one));
  if (region === undefined) return `${variable} is set, but no AWS_REGION`;
  const key = variable === "AWS_BEARER_TOKEN_BEDROCK" ? { key: `$${variable}` } : {};
  return { ...key, region: `$${region}` };
}

function azure(variable: string, env: Env): Partial<ShortProvider> | string {
  const endpoint = env["AZURE_OPENAI_ENDPOINT"] ?? "";
  const label = /^https:\/\/([a-z0-9-]+)\.openai\.azure\.com(?:[/:]|$)/i.exec(endpoint)?.[1];
  const instance = isSet(env, "AZURE_OPENAI_INSTANCE") ? "$AZURE_OPENAI_INSTANCE" : label;
  if (instance === undefined) {
    const state = endpoint === "" ? "is not; it is" : "is not of the form";
    const form = "https://<instance>.openai.azure.com";
    return `${variable} is set, but AZURE_OPENAI_ENDPOINT ${state} ${form}`;
  }
  const version = ["AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"].find((one) => isSet(env, one));
  return {
    key: `$${variable}`,
    instance,
    ...(isSet(env, "AZURE_OPENAI_DEPLOYMENT") ? { deployment: "$AZURE_OPENAI_DEPLOYMENT" } : {}),
    ...(version === undefined ? {} : { api_version: `$${version}` }),
  };
}

function databricks(variable: string, env: Env): Partial<ShortProvider> | string {
  const host = env["DATABRICKS_HOST"] ?? "";
  const [, name] = /^(?:https:\/\/)?([^/]+)\/*$/.exec(host) ?? [];
  if (name === undefined) return `${variable} is set, but DATABRICKS_HOST names no workspace`;
  const workspace = /^([^.]+)\.cloud\.databricks\.com$/.exec(name)?.[1];
  if (workspace !== undefined) return { key: `$${variable}`, workspace };
  return { key: `$${variable}`, url: `https://${name}/serving-endpoints/v1` };
}

function isSet(env: Env, name: string): boolean {
  return (env[name] ?? "") !== "";
}
