import type { FamilyRules } from "./chat-rules.ts";
import { claudeThinking, geminiThinking } from "./databricks-thinking.ts";
import { effortAmong } from "./effort.ts";
import {
  ANSWER_MEMBERS,
  CALL_MEMBERS,
  NO_FUNCTIONS,
  OPENAI_CHAT,
  OPENAI_LIKE,
  TEXT_ONLY,
  TOOL_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { stopsUpTo } from "./stop-limit.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models */
const FAMILIES: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: {
      members: {
        ...NO_FUNCTIONS,
        stop: stopsUpTo(4),
        stream_options: "refused",
      },
      // Its own thoughts are parts named reasoning, and go back so.
      messages: {
        known: { tool: TOOL_MEMBERS },
        refused: ANSWER_MEMBERS,
        refusalIsText: true,
        parts: { thinking: "refused", redacted_thinking: "refused" },
        knownInCalls: new Set([...CALL_MEMBERS, "index"]),
      },
      tools: { names: PLAIN_TOOL_NAMES },
    },
  },
  {
    about: "Claude",
    models: /claude/,
    rules: { members: { reasoning_effort: claudeThinking } },
  },
  {
    about: "Gemini 2.5",
    models: /gemini-2[.-]5/,
    rules: { members: { reasoning_effort: geminiThinking } },
  },
  {
    about: "Gemini 3, GPT OSS",
    models: /gemini-[3-9]|gpt-oss/,
    rules: { members: { reasoning_effort: effortAmong("low", "medium", "high") } },
  },
  {
    about: "GPT OSS",
    models: /gpt-oss/,
    rules: { messages: TEXT_ONLY },
  },
];

/** https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference */
export const databricks: Provider = {
  name: "databricks",
  about: "Models served by a Databricks workspace.",
  operations: {
    "llm/v1/chat": { ...OPENAI_CHAT, path: "/serving-endpoints/v1/chat/completions" },
  },
  origin: ({ databricks: { workspace_instance_id } }) =>
    workspace_instance_id ? `https://${workspace_instance_id}.cloud.databricks.com` : undefined,
  families: FAMILIES,
  streamUsage: () => false,
  // Content of reasoning models is a list, and an endpoint's name need not say what it serves.
  departs: () => true,
};
