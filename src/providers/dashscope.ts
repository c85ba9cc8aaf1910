import { adaptTokenCap, openAiChatFormat, REASONING_MEMBERS } from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

/** https://www.alibabacloud.com/help/en/model-studio/ */
const PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/compatible-mode/v1/chat/completions",
  "llm/v1/embeddings": "/compatible-mode/v1/embeddings",
  "image/v1/images/generations": "/api/v1/services/aigc/multimodal-generation/generation",
  "image/v1/images/edits": "/api/v1/services/aigc/image2image/image-synthesis",
};

export const dashscope: Provider = {
  name: "dashscope",
  rejectedMessageMembers: REASONING_MEMBERS,
  about: "Alibaba Cloud's DashScope: the Qwen models.",
  format: openAiChatFormat,
  embeddings: () => "as-it-came",
  origin: ({ dashscope: { international } }) =>
    international ? "https://dashscope-intl.aliyuncs.com" : "https://dashscope.aliyuncs.com",
  path: ({ routeType }) => PATHS[routeType],
  adapt: adaptTokenCap,
  streamUsage: () => true,
};
