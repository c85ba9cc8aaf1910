import {
  adaptTokenCap,
  isText,
  openAiChatFormat,
  REASONING_MEMBERS,
  TOP_K,
  without,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

const PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/v1/chat/completions",
  "llm/v1/responses": "/v1/responses",
  "image/v1/images/generations": "/v1/images/generations",
};

/** https://docs.x.ai/docs/api-reference */
export const xai: Provider = {
  name: "xai",
  rejectedMessageMembers: REASONING_MEMBERS,
  about: "xAI's Grok models.",
  format: openAiChatFormat,
  origin: () => "https://api.x.ai",
  path: ({ routeType }) => PATHS[routeType],
  adapt: (wire, operation) =>
    isText(operation) ? without(adaptTokenCap(wire, operation), TOP_K) : wire,
  streamUsage: () => true,
};
