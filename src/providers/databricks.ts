import {
  adaptTokenCap,
  isText,
  openAiChatFormat,
  REASONING_MEMBERS,
  without,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";

/** https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference */
export const databricks: Provider = {
  name: "databricks",
  rejectedMessageMembers: REASONING_MEMBERS,
  about: "Models served by a Databricks workspace.",
  format: openAiChatFormat,
  origin: ({ databricks: { workspace_instance_id } }) =>
    workspace_instance_id ? `https://${workspace_instance_id}.cloud.databricks.com` : undefined,
  path: ({ routeType }) =>
    routeType === "llm/v1/chat" ? "/serving-endpoints/v1/chat/completions" : undefined,
  adapt: (wire, operation) =>
    isText(operation) ? without(adaptTokenCap(wire, operation), ["stream_options"]) : wire,
  streamUsage: () => false,
};
