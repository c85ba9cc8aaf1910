import {
  OPENAI_CHAT,
  OPENAI_COMPLETIONS,
  OPENAI_EMBEDDINGS,
  OPENAI_LIKE,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";

/** https://docs.vllm.ai/en/latest/serving/openai_compatible_server/ */
export const vllm: Provider = {
  name: "vllm",
  about: "A vLLM server of one's own.",
  operations: {
    "llm/v1/chat": OPENAI_CHAT,
    "llm/v1/completions": OPENAI_COMPLETIONS,
    "llm/v1/embeddings": OPENAI_EMBEDDINGS,
  },
  origin: () => undefined,
  families: OPENAI_LIKE,
  streamUsage: () => true,
};
