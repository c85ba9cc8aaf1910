import { OPENAI_LIKE, openAiFormat } from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";

/** https://docs.vllm.ai/en/latest/serving/openai_compatible_server/ */
export const vllm: Provider = {
  name: "vllm",
  about: "A vLLM server of one's own.",
  format: openAiFormat,
  embeddings: () => "as-it-came",
  origin: () => undefined,
  path: ({ routeType }) => (routeType === "llm/v1/chat" ? "/v1/chat/completions" : undefined),
  families: OPENAI_LIKE,
  streamUsage: () => true,
};
