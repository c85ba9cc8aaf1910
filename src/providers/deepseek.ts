import { adaptTokenCap, isText, openAiChatFormat, TOP_K, without } from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";

/** https://api-docs.deepseek.com/ */
export const deepseek: Provider = {
  name: "deepseek",
  about: "DeepSeek's own platform.",
  format: openAiChatFormat,
  origin: () => "https://api.deepseek.com",
  path: ({ routeType }) => (routeType === "llm/v1/chat" ? "/v1/chat/completions" : undefined),
  adapt: (wire, operation) =>
    isText(operation) ? without(adaptTokenCap(wire, operation), TOP_K) : wire,
  streamUsage: () => true,
};
