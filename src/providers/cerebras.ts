import { stopsUpTo } from "./adaptations.ts";
import type { FamilyRules } from "./chat-rules.ts";
import {
  answerMembersBut,
  CALL_MEMBERS,
  NO_FUNCTIONS,
  NO_THOUGHTS,
  OPENAI_CHAT,
  OPENAI_LIKE,
  TOOL_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** https://inference-docs.cerebras.ai/resources/openai */
const FAMILIES: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: {
      members: {
        ...NO_FUNCTIONS,
        stop: stopsUpTo(4),
        frequency_penalty: "refused",
        presence_penalty: "refused",
        logit_bias: "refused",
      },
      // Its thoughts come as `reasoning`, and go back so.
      messages: {
        ...NO_THOUGHTS,
        knownInCalls: CALL_MEMBERS,
        known: { tool: TOOL_MEMBERS },
        refused: answerMembersBut("reasoning"),
      },
      tools: { names: PLAIN_TOOL_NAMES },
    },
  },
];

export const cerebras: Provider = {
  name: "cerebras",
  about: "Cerebras' inference platform.",
  operations: { "llm/v1/chat": OPENAI_CHAT },
  origin: () => "https://api.cerebras.ai",
  families: FAMILIES,
  streamUsage: () => true,
};
