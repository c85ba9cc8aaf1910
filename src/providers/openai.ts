import type { FamilyRules } from "./chat-rules.ts";
import { OPENAI_LIKE, OPENAI_PATHS, openAiFormat } from "./openai-dialect.ts";
import { OPENAI_MODEL_NAME, OPENAI_MODELS } from "./openai-models.ts";
import type { ModelOptions, Provider } from "./provider.ts";

const OPENAIS_OWN: FamilyRules = [
  // OpenAI knows both names.
  { about: "", rules: { tokenCap: "max_tokens" } },
  ...OPENAI_MODELS,
];

/** Who knows what it takes: DeepSeek wants its own thoughts back, OpenRouter has `cache_control`. */
const ANY_SERVER: FamilyRules = [
  ...OPENAI_LIKE,
  { about: "", rules: { members: { top_k: "refused" }, tools: { mayBeIdle: true } } },
];

export const openai: Provider = {
  name: "openai",
  about: "OpenAI, and any server that speaks its dialect.",
  format: openAiFormat,
  embeddings: () => "as-it-came",
  origin: () => "https://api.openai.com",
  path: ({ routeType }) => OPENAI_PATHS[routeType],
  families: ({ model, options }) =>
    OPENAI_MODEL_NAME.test(model) || isOpenAisOwn(options) ? OPENAIS_OWN : ANY_SERVER,
  takesFunctions: true,
  streamUsage: () => true,
};

function isOpenAisOwn({ upstream_url }: ModelOptions): boolean {
  return (
    !upstream_url ||
    /^https?:\/\/(?:[^/?#@]*\.)?openai\.(?:azure\.)?com(?:[:/?#]|$)/i.test(upstream_url)
  );
}
