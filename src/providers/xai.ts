import { effortAmong, stopsUpTo } from "./adaptations.ts";
import type { FamilyRules } from "./chat-rules.ts";
import {
  ANSWER_MEMBERS,
  CALL_MEMBERS,
  NO_FUNCTIONS,
  NO_THOUGHTS,
  OPENAI_CHAT,
  OPENAI_LIKE,
  OPENAI_RESPONSES,
  TEXT_ONLY,
  TOOL_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** https://docs.x.ai/docs/guides/reasoning */
const FAMILIES: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: {
      members: {
        ...NO_FUNCTIONS,
        stop: stopsUpTo(4),
        top_k: "refused",
      },
      messages: {
        known: { tool: TOOL_MEMBERS },
        ...NO_THOUGHTS,
        knownInCalls: CALL_MEMBERS,
        refused: ANSWER_MEMBERS,
      },
      tools: { names: PLAIN_TOOL_NAMES },
    },
  },
  {
    about: "grok-3-mini, grok-4… but non-reasoning, grok-code…",
    models: /^grok-(?:3-mini|4(?!.*non-reasoning)|code)/,
    rules: {
      members: { presence_penalty: "refused", frequency_penalty: "refused", stop: "refused" },
    },
  },
  {
    about: "grok-3 but mini, grok-4, grok-4-fast…, grok-4-1…, grok-4.20…, grok-code…",
    models: /^grok-(?:2|3(?!-mini)|code|4(?:$|-|\.1|\.20(?!-multi-agent)))/,
    rules: { members: { reasoning_effort: "refused" } },
  },
  {
    about: "grok-3…, grok-code…",
    models: /^grok-(?:3|code)/,
    rules: { messages: TEXT_ONLY },
  },
  {
    about: "grok-3-mini",
    models: /^grok-3-mini/,
    rules: { members: { reasoning_effort: effortAmong("low", "high") } },
  },
  {
    about: "grok-4.3",
    models: /^grok-4\.3/,
    rules: { members: { reasoning_effort: effortAmong("none", "low", "medium", "high") } },
  },
  {
    about: "grok-4.5",
    models: /^grok-4\.5/,
    rules: { members: { reasoning_effort: effortAmong("low", "medium", "high") } },
  },
];

/** https://docs.x.ai/docs/api-reference */
export const xai: Provider = {
  name: "xai",
  about: "xAI's Grok models.",
  modelNames: /^grok-/,
  operations: {
    "llm/v1/chat": OPENAI_CHAT,
    "llm/v1/responses": OPENAI_RESPONSES,
    "image/v1/images/generations": { path: "/v1/images/generations" },
  },
  origin: () => "https://api.x.ai",
  families: FAMILIES,
  streamUsage: () => true,
};
