import {
  adaptForOpenAiModels,
  OPENAI_PATHS,
  openAiFormat,
  REASONING_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";

export const openai: Provider = {
  name: "openai",
  rejectedMessageMembers: REASONING_MEMBERS,
  about: "OpenAI, and any server that speaks its dialect.",
  format: openAiFormat,
  embeddings: () => "as-it-came",
  origin: () => "https://api.openai.com",
  path: ({ routeType }) => OPENAI_PATHS[routeType],
  adapt: adaptForOpenAiModels,
  streamUsage: () => true,
};
