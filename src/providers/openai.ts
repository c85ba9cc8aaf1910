import type { FamilyRules } from "./chat-rules.ts";
import { OPENAI_PATHS, openAiFormat } from "./openai-dialect.ts";
import { OPENAI_MODELS } from "./openai-models.ts";
import type { Provider } from "./provider.ts";

const FAMILIES: FamilyRules = [
  // Servers of its dialect know this name, and OpenAI knows both.
  { about: "", rules: { tokenCap: "max_tokens" } },
  ...OPENAI_MODELS,
];

export const openai: Provider = {
  name: "openai",
  about: "OpenAI, and any server that speaks its dialect.",
  format: openAiFormat,
  embeddings: () => "as-it-came",
  origin: () => "https://api.openai.com",
  path: ({ routeType }) => OPENAI_PATHS[routeType],
  families: FAMILIES,
  takesFunctions: true,
  streamUsage: () => true,
};
