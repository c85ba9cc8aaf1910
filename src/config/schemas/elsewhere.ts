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
