import {
  adaptTokenCap,
  isText,
  openAiChatFormat,
  REASONING_MEMBERS,
  without,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";

/** Members of OpenAI's dialect that the API refuses: https://inference-docs.cerebras.ai/openai */
const REFUSED = ["frequency_penalty", "presence_penalty", "logit_bias"];

export const cerebras: Provider = {
  name: "cerebras",
  rejectedMessageMembers: REASONING_MEMBERS,
  about: "Cerebras' inference platform.",
  format: openAiChatFormat,
  origin: () => "https://api.cerebras.ai",
  path: ({ routeType }) => (routeType === "llm/v1/chat" ? "/v1/chat/completions" : undefined),
  adapt: (wire, operation) =>
    isText(operation) ? without(adaptTokenCap(wire, operation), REFUSED) : wire,
  streamUsage: () => true,
};
