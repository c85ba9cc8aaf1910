const LISTEN = "where to listen is said at the start: dragoman start --listen HOST:PORT";
const IN_PROVIDER = "a provider's key stands in its entry under 'providers'";
const CALLERS = "callers' keys stand under 'keys'; 'dragoman key new' makes one";

/** What others keep at the top of a file, and where it stands here; a phrase each. */
export const ELSEWHERE_IN_FILE: Readonly<Record<string, string>> = {
  address: LISTEN,
  bind: LISTEN,
  host: LISTEN,
  listen: LISTEN,
  port: LISTEN,
  proxy_listen: LISTEN,
  server: LISTEN,
  api_key: IN_PROVIDER,
  base_url: "a provider's url stands in its entry under 'providers'",
  api_keys: CALLERS,
  auth: CALLERS,
  master_key: CALLERS,
  fallbacks: "a model's list under 'models' is asked in its order: fast: [openai/a, anthropic/b]",
};

const AWS =
  "AWS's own variables and profiles are read: AWS_ACCESS_KEY_ID, AWS_PROFILE, …; or a Bedrock API key as 'key'";

const IN_OPTIONS = "it stands under 'options'";

/** Options of models that are often written beside a model's name. */
const OPTIONS = Object.fromEntries(
  [
    "temperature",
    "max_tokens",
    "top_p",
    "top_k",
    "input_cost",
    "output_cost",
    "embeddings_dimensions",
    "upstream_path",
  ].map((name) => [name, IN_OPTIONS]),
);

export const ELSEWHERE_IN_PROVIDER: Readonly<Record<string, string>> = {
  ...OPTIONS,
  aws_access_key_id: AWS,
  aws_secret_access_key: AWS,
  aws_session_token: AWS,
  aws_profile: AWS,
  aws_profile_name: AWS,
  model: "models stand under 'models' of the file: fast: provider/model",
  models: "models stand under 'models' of the file: fast: provider/model",
};

export const ELSEWHERE_IN_MODEL: Readonly<Record<string, string>> = {
  ...OPTIONS,
  key: IN_PROVIDER,
  api_key: IN_PROVIDER,
  url: "a provider's url stands in its entry under 'providers'",
  base_url: "a provider's url stands in its entry under 'providers'",
  api_base: "a provider's url stands in its entry under 'providers'",
};

/** What other gateways and clients call the fields of a provider, and what they are called here. */
export const OTHER_PROVIDER_NAMES: Readonly<Record<string, string>> = {
  api_key: "key",
  apikey: "key",
  api_keys: "key",
  keys: "key",
  token: "key",
  auth_token: "key",
  access_token: "key",
  bearer: "key",
  secret: "key",
  virtual_key: "key",
  value: "key",
  base_url: "url",
  baseurl: "url",
  api_base: "url",
  base: "url",
  endpoint: "url",
  azure_endpoint: "url",
  host: "url",
  hostname: "url",
  origin: "url",
  upstream_url: "url",
  uri: "url",
  custom_host: "url",
  provider: "type",
  kind: "type",
  vendor: "type",
  custom_llm_provider: "type",
  resource: "instance",
  resource_name: "instance",
  azure_instance: "instance",
  deployment_id: "deployment",
  deployment_name: "deployment",
  azure_deployment_id: "deployment",
  azure_api_version: "api_version",
  version: "api_version",
  anthropic_version: "api_version",
  aws_region: "region",
  aws_region_name: "region",
  workspace_instance_id: "workspace",
  llama2_format: "format",
  mistral_format: "format",
  dialect: "format",
  request_timeout: "timeout",
  timeout_ms: "timeout",
};

/** The same for a model's. */
export const OTHER_MODEL_NAMES: Readonly<Record<string, string>> = {
  model: "use",
  models: "use",
  target: "use",
  targets: "use",
  provider: "use",
  providers: "use",
  fallbacks: "use",
  algorithm: "balance",
  strategy: "balance",
  balancer: "balance",
  params: "options",
  parameters: "options",
  override_params: "options",
};
