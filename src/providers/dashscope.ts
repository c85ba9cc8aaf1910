import { beyondBudget, budgetOf, dropped, forcesTool } from "./adaptations.ts";
import type { Adaptation, FamilyRules } from "./chat-rules.ts";
import {
  ANSWER_MEMBERS,
  CALL_MEMBERS,
  NO_FUNCTIONS,
  NO_THOUGHTS,
  OPENAI_CHAT,
  OPENAI_EMBEDDINGS,
  OPENAI_LIKE,
  TEXT_ONLY,
  TOOL_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

const OFF = { enable_thinking: false };

/** https://www.alibabacloud.com/help/en/model-studio/deep-thinking */
const thinking = (only?: "streamed"): Adaptation => ({
  about: `\`enable_thinking\` and \`thinking_budget\`${only ? ", in streams alone" : ""}`,
  adapt(value, request) {
    if (value === "none") return { members: OFF };
    const budget = budgetOf(value);
    if (budget === undefined) return undefined;
    if (only === "streamed" && request.stream !== true) {
      return { ...dropped("this model thinks in streams only"), members: OFF };
    }
    if (forcesTool(request)) {
      return { ...dropped("it does not think when it is made to call a tool"), members: OFF };
    }
    return {
      members: { enable_thinking: true, thinking_budget: budget },
      ...beyondBudget(value),
    };
  },
});

const ALWAYS_THINKING: Adaptation = {
  about: "`thinking_budget`; the model always thinks",
  adapt(value) {
    const budget = budgetOf(value);
    if (budget === undefined) {
      return value === "none" ? dropped("this model always thinks") : undefined;
    }
    return { members: { thinking_budget: budget }, ...beyondBudget(value) };
  },
};

const FAMILIES: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: {
      members: {
        ...NO_FUNCTIONS,
        store: "refused",
        verbosity: "refused",
        reasoning_effort: thinking(),
      },
      messages: {
        roles: { developer: "system" },
        ...NO_THOUGHTS,
        known: { tool: TOOL_MEMBERS },
        refused: ANSWER_MEMBERS,
        refusalIsText: true,
        knownInCalls: new Set([...CALL_MEMBERS, "index"]),
      },
      tools: { names: PLAIN_TOOL_NAMES },
    },
  },
  {
    about: "qwen3 of a size, such as qwen3-32b",
    models: /^qwen3-\d+(?:\.\d+)?b(?:-a\d+b)?$/,
    // `enable_thinking must be set to false for non-streaming calls`, and they think by default.
    rules: { needs: ({ stream }) => (stream === true ? {} : OFF) },
  },
  {
    about: "open models, such as qwen3-32b and qwen3.5-27b",
    models: /^qwen3(?:\.\d+)?-(?:next-)?\d+(?:\.\d+)?b/,
    rules: { members: { reasoning_effort: thinking("streamed") } },
  },
  {
    about: "qwen-plus, -max, -turbo, -flash, -long, qwen3-… but vl and omni",
    models: /^(?:qwen-(?:plus|max|turbo|flash|long)|qwen3-(?!.*(?:vl|omni))|qwq)/,
    rules: { messages: TEXT_ONLY },
  },
  {
    about: "qwq…, qvq…, …-thinking",
    models: /^q[wv]q|-thinking/,
    rules: { members: { reasoning_effort: ALWAYS_THINKING } },
  },
];

export const dashscope: Provider = {
  name: "dashscope",
  about: "Alibaba Cloud's DashScope: the Qwen models.",
  modelNames: /^(?:qwen-|qwq-)/,
  /** https://www.alibabacloud.com/help/en/model-studio/ */
  operations: {
    "llm/v1/chat": { ...OPENAI_CHAT, path: "/compatible-mode/v1/chat/completions" },
    "llm/v1/embeddings": { ...OPENAI_EMBEDDINGS, path: "/compatible-mode/v1/embeddings" },
    "image/v1/images/generations": {
      path: "/api/v1/services/aigc/multimodal-generation/generation",
    },
    "image/v1/images/edits": { path: "/api/v1/services/aigc/image2image/image-synthesis" },
  },
  origin: ({ dashscope: { international } }) =>
    international ? "https://dashscope-intl.aliyuncs.com" : "https://dashscope.aliyuncs.com",
  families: FAMILIES,
  streamUsage: () => true,
};
