/** A provider as the table calls it, and the target that reaches it in the lab. */
export interface TableProvider {
  readonly label: string;
  readonly model: string;
  /** More traits of the lab behind it: servers of this kind take members that OpenAI's own refuses. */
  readonly traits?: "lenient";
  /** Its streams report no usage, so the gateway's estimate stands in. */
  readonly estimatesStreamUsage?: true;
  /** Cases that this vendor's API has no words for, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** More of the plugin's configuration. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  /** The `model` member of an ai-proxy's configuration; `lab` is the lab's URL with the traits of a call. */
  target(lab: string): {
    readonly provider: string;
    readonly options: Readonly<Record<string, unknown>>;
  };
}

const openAiLike = (
  provider: string,
  model: string,
  options: Record<string, unknown> = {},
): TableProvider => ({
  label: provider,
  model,
  target: (lab) => ({
    provider,
    options: { upstream_url: `${lab}${PATHS[provider] ?? ""}/v1/chat/completions`, ...options },
  }),
});

/** Where the lab has the vendor's own rules. */
const PATHS: Readonly<Record<string, string>> = {
  cerebras: "/cerebras",
  dashscope: "/compatible-mode",
  databricks: "/serving-endpoints",
  deepseek: "/deepseek",
  xai: "/xai",
};

const OLLAMA_CANNOT = { "finish: content_filter": "Ollama filters nothing" };

/** Every provider and dialect that chat is spoken with. */
export const TABLE_PROVIDERS: readonly TableProvider[] = [
  openAiLike("openai", "gpt-4o-mini"),
  {
    label: "azure",
    model: "gpt-4o-mini",
    target: (lab) => ({
      provider: "azure",
      options: {
        azure_instance: "lab",
        azure_deployment_id: "d",
        azure_api_version: "2024-10-21",
        upstream_url: `${lab}/openai/deployments/d/chat/completions`,
      },
    }),
  },
  {
    label: "anthropic",
    model: "claude-sonnet-4-5",
    target: (lab) => ({
      provider: "anthropic",
      options: { anthropic_version: "2023-06-01", upstream_url: `${lab}/v1/messages` },
    }),
  },
  {
    label: "gemini",
    model: "gemini-2.5-flash",
    target: (lab) => ({
      provider: "gemini",
      options: { upstream_url: `${lab}/v1beta/models/gemini-2.5-flash:generateContent` },
    }),
  },
  {
    label: "gemini (Vertex)",
    model: "gemini-2.5-flash",
    target: (lab) => ({
      provider: "gemini",
      options: {
        gemini: { api_endpoint: "vertex.test", project_id: "p", location_id: "l" },
        upstream_url: `${lab}/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:generateContent`,
      },
    }),
  },
  {
    label: "gemini (Vertex, Claude)",
    model: "claude-sonnet-4-5@20250929",
    target: (lab) => ({
      provider: "gemini",
      options: {
        gemini: { api_endpoint: "vertex.test", project_id: "p", location_id: "l" },
        upstream_url: `${lab}/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`,
      },
    }),
  },
  {
    label: "gemini (Vertex, Mistral)",
    model: "mistral-small-2503",
    plugin: { answer_format: "openai" },
    cannot: { "finish: content_filter": "Mistral has no word for a filter" },
    target: (lab) => ({
      provider: "gemini",
      options: {
        gemini: { api_endpoint: "vertex.test", project_id: "p", location_id: "l" },
        upstream_url: `${lab}/v1/projects/p/locations/l/publishers/mistralai/models/mistral-small-2503:rawPredict`,
      },
    }),
  },
  {
    label: "bedrock",
    model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    target: (lab) => ({
      provider: "bedrock",
      options: {
        bedrock: { aws_region: "eu-west-1" },
        upstream_url: `${lab}/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse`,
      },
    }),
  },
  {
    label: "cohere",
    model: "command-a-03-2025",
    target: (lab) => ({ provider: "cohere", options: { upstream_url: `${lab}/v2/chat` } }),
  },
  openAiLike("mistral", "mistral-small-latest", { mistral_format: "openai" }),
  {
    label: "mistral (ollama)",
    cannot: OLLAMA_CANNOT,
    model: "mistral",
    target: (lab) => ({
      provider: "mistral",
      options: { mistral_format: "ollama", upstream_url: `${lab}/api/chat` },
    }),
  },
  {
    ...openAiLike("llama2", "llama3.1", { llama2_format: "openai" }),
    label: "llama2 (openai)",
    traits: "lenient",
  },
  {
    label: "llama2 (ollama)",
    cannot: OLLAMA_CANNOT,
    model: "llama3.1",
    target: (lab) => ({
      provider: "llama2",
      options: { llama2_format: "ollama", upstream_url: `${lab}/api/chat` },
    }),
  },
  {
    label: "ollama",
    cannot: OLLAMA_CANNOT,
    model: "llama3.1",
    target: (lab) => ({ provider: "ollama", options: { upstream_url: `${lab}/api/chat` } }),
  },
  {
    label: "huggingface",
    model: "meta-llama/Llama-3.1-8B-Instruct",
    target: (lab) => ({ provider: "huggingface", options: { upstream_url: lab } }),
  },
  openAiLike("xai", "grok-3-mini"),
  openAiLike("dashscope", "qwen-turbo"),
  openAiLike("cerebras", "llama3.1-8b"),
  {
    ...openAiLike("databricks", "databricks-claude-sonnet-4-5", {
      databricks: { workspace_instance_id: "dbc-1" },
    }),
    estimatesStreamUsage: true,
  },
  openAiLike("deepseek", "deepseek-chat"),
  { ...openAiLike("vllm", "llama"), traits: "lenient" },
];
